// An expression with a word more, as the kernel reads expressions.

const SIGNS = /[+＋\-－−–﹣]/u;
const ENDS_WITH_SIGN = /[+＋\-－−–﹣]\s*$/u;

/** The word is added, or taken as what the sign at the end waits for. */
export function withWord(expression: string, word: string): string {
  const before = expression.trim();
  if (before === "") return written(word);
  // where no sign has white space beside it, all of them divide: one that had would change that
  const tight = SIGNS.test(before) && !/\s/u.test(before);
  const gap = tight ? "" : " ";
  return ENDS_WITH_SIGN.test(before)
    ? before + gap + written(word)
    : `${before}${gap}+${gap}${written(word)}`;
}

function written(word: string): string {
  const plain = !SIGNS.test(word) && !/["“”＂\\\s]/u.test(word);
  return plain ? word : `"${word.replace(/["\\]/gu, "\\$&")}"`;
}

// Words as people separate them: by white space, commas and semicolons, also the Japanese ones. "In quotes" a word keeps its spaces.

const WORD = /"([^"]+)"|“([^”]+)”|[^\s,、，;；]+/gu;

export function splitWords(text: string): readonly string[] {
  return [...text.matchAll(WORD)].map(([whole, quoted, curly]) => quoted ?? curly ?? whole);
}

/** The words as a text that splits into them again. */
export function joinWords(words: readonly string[]): string {
  return words.map((word) => (/[\s,、，;；]/u.test(word) ? `"${word}"` : word)).join(" ");
}

/** Whether a pasted text is more than one word. */
export function isList(text: string): boolean {
  return /[\s,、，;；]/u.test(text.trim());
}

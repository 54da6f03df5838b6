// Whether a word runs into the one before it, though its writing has spaces between words.

const ENDS_A_WORD = /[\p{L}\p{N}\p{M},.;:!?)\]"'’”]$/u;
const BEGINS_A_WORD = /^[\p{L}\p{N}]/u;
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}ー]/u;

export function lacksSpace(prompt: string, candidate: string): boolean {
  const last = [...prompt.slice(-2)].at(-1) ?? "";
  const first = String.fromCodePoint(candidate.codePointAt(0) ?? 32);
  return ENDS_A_WORD.test(last) && BEGINS_A_WORD.test(first) && !UNSPACED.test(last) && !UNSPACED.test(first);
}

// Which tokens a typed text is found in: forgiving about case and about full and half width, as the vocabulary's search is.
import { spell } from "../../../lib/pieces";

export function folded(text: string): string {
  return text.normalize("NFKC").toLowerCase();
}

/** Whether a token holds the text, as it is or as it is written in the view. */
export function holds(piece: string, bytes: string, query: string): boolean {
  return folded(piece).includes(query) || folded(spell(piece, bytes)).includes(query);
}

/** What is asked of the kernel, which forgives case alone: the usual width of each character, and a space for its sign. */
export function asked(query: string): string {
  return query.replaceAll("␣", " ").replace(/[\uff01-\uffee]+/g, (form) => form.normalize("NFKC"));
}

/** Whether the kernel, asked so, finds the token. */
export function holdsAsked(piece: string, query: string): boolean {
  return piece.toLowerCase().includes(asked(query).toLowerCase());
}

// Which tokens a typed text is found in: forgiving about case and about full and half width, as the vocabulary's search is.
import { spell } from "../../../lib/pieces";

export function folded(text: string): string {
  return text.normalize("NFKC").toLowerCase();
}

/** Whether a token holds the text, as it is or as it is written in the view. */
export function holds(piece: string, bytes: string, query: string): boolean {
  const text = folded(piece);
  return text.includes(query) || text.includes(meant(query)) || folded(spell(piece, bytes)).includes(query);
}

/** The characters that are meant by the view's signs for them, and by what one types in code. */
function meant(query: string): string {
  return query.replaceAll("␣", " ").replace(/⏎|\\n/g, "\n").replace(/⇥|\\t/g, "\t");
}

/** What is asked of the kernel, which forgives case alone: the usual width of each character, and what signs stand for. */
export function asked(query: string): string {
  return meant(query).replace(/[\uff01-\uffee]+/g, (form) => form.normalize("NFKC"));
}

/** Whether the kernel, asked so, finds the token. */
export function holdsAsked(piece: string, query: string): boolean {
  return piece.toLowerCase().includes(asked(query).toLowerCase());
}

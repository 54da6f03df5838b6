// What the flow shows: one text, or the rows of a batch, each with what is known of its tokens. Tokens are numbered through all of them.
import { type Tokens, tokensOf } from "../../../lib/tokens";
import type { RowPayload } from "../../../session/payloads";
import { type Changes, changesOf } from "./changes";

export interface Section {
  /** The heading over it; null for the one text of a session. */
  readonly name: string | null;
  readonly tokens: Tokens;
  /** The number of its first token. */
  readonly base: number;
  readonly changes: Changes;
  /** 1 for each token that the chat template wrote; null where there is none. */
  readonly written: Uint8Array | null;
}

/** A token by its section and its place there. */
export interface Place {
  readonly section: Section;
  readonly row: number;
  readonly index: number;
}

export type Sections = readonly Section[];

export function sectionOfText(tokens: Tokens, template: readonly (readonly [number, number])[]): Sections {
  return [{ name: null, tokens, base: 0, changes: changesOf(tokens), written: writtenBy(template, tokens) }];
}

export function sectionsOfRows(rows: readonly RowPayload[]): Sections {
  let base = 0;
  return rows.map((row) => {
    const tokens = tokensOf(row);
    const section = { name: row.name, tokens, base, changes: changesOf(tokens), written: null };
    base += tokens.count;
    return section;
  });
}

export function countIn(sections: Sections): number {
  const last = sections.at(-1);
  return last ? last.base + last.tokens.count : 0;
}

/** Where token number `token` is. */
export function placeOf(sections: Sections, token: number): Place | null {
  for (let row = sections.length - 1; row >= 0; row--) {
    const section = sections[row];
    if (!section || section.base > token) continue;
    const index = token - section.base;
    return index < section.tokens.count ? { section, row, index } : null;
  }
  return null;
}

function writtenBy(template: readonly (readonly [number, number])[], tokens: Tokens): Uint8Array | null {
  if (template.length === 0) return null;
  const written = new Uint8Array(tokens.count);
  let next = 0;
  for (let index = 0; index < tokens.count; index++) {
    const start = tokens.starts[index] ?? 0;
    while ((template[next]?.[1] ?? Number.POSITIVE_INFINITY) <= start) next++;
    if (start >= (template[next]?.[0] ?? Number.POSITIVE_INFINITY)) written[index] = 1;
  }
  return written;
}

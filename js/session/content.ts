// The session's text and tokens as the page holds them: whole at first; of a long text only what changes comes after that.
import { sameTokens, spliced, type Tokens, tokensOf } from "../lib/tokens";
import type { WidgetModel } from "./model";
import type { ChangePayload, ContentPayload, PlacePayload } from "./payloads";

export interface Content extends PlacePayload {
  readonly text: string;
  readonly characters: number;
  readonly utf8_bytes: number;
}

export interface Contents {
  readonly content: Content;
  readonly tokens: Tokens;
  /** Takes what has come. False where it cannot be understood without the whole content. */
  take(): boolean;
  /** Whether changes came that the model's own content, which is saved with the notebook, does not hold yet. */
  readonly ahead: boolean;
}

export function createContents(model: WidgetModel): Contents {
  let whole = model.get("content") as ContentPayload;
  let change: ChangePayload | null = null;
  let content: Content = whole;
  let tokens = tokensOf(whole);

  function takeWhole(next: ContentPayload): void {
    const changed = content !== whole;
    if (changed && next.revision < content.revision) {
      // sent on another thread of the kernel, and overtaken by a change
      whole = next;
      return;
    }
    // what changes have led to already, or a position that moved: views that hold these tokens need not lay them out anew
    const same = changed ? next.revision === content.revision : sameTokens(whole, next);
    if (!same) tokens = tokensOf(next);
    content = next;
    whole = next;
  }

  function take(): boolean {
    const nextWhole = model.get("content") as ContentPayload;
    if (nextWhole !== whole) takeWhole(nextWhole);
    const next = (model.get("change") ?? null) as ChangePayload | null;
    if (next === null || next === change) return true;
    change = next;
    if (next.base !== content.revision) return next.revision <= content.revision;
    tokens = spliced(tokens, next);
    content = {
      ...placeOf(next),
      text: tokens.text,
      characters: next.characters,
      utf8_bytes: next.utf8_bytes,
    };
    return true;
  }

  take();
  return {
    get content() {
      return content;
    },
    get tokens() {
      return tokens;
    },
    get ahead() {
      return whole.revision !== content.revision;
    },
    take,
  };
}

function placeOf(next: PlacePayload): PlacePayload {
  const { revision, position, home, can_undo, template, add_special, seen } = next;
  return { revision, position, home, can_undo, template, add_special, seen };
}

/** From this length on an edit travels as what changed. */
const LONG = 20_000;

/** What an edit changes in a text, or null where the whole text is as good. Offsets never cut a character in two. */
export function editOf(
  base: Content,
  text: string,
): { base: number; start: number; end: number; text: string } | null {
  const before = base.text;
  if (before.length < LONG || text.length < LONG) return null;
  const shorter = Math.min(before.length, text.length);
  let start = 0;
  while (start < shorter && before.charCodeAt(start) === text.charCodeAt(start)) start++;
  if (start > 0 && isHigh(text.charCodeAt(start - 1))) start--;
  let tail = 0;
  while (
    tail < shorter - start &&
    before.charCodeAt(before.length - 1 - tail) === text.charCodeAt(text.length - 1 - tail)
  )
    tail++;
  if (tail > 0 && isLow(text.charCodeAt(text.length - tail))) tail--;
  return {
    base: base.revision,
    start,
    end: before.length - tail,
    text: text.slice(start, text.length - tail),
  };
}

const isHigh = (unit: number) => unit >= 0xd800 && unit < 0xdc00;
const isLow = (unit: number) => unit >= 0xdc00 && unit < 0xe000;

// How a token is written: white space and control characters made visible, incomplete characters as bytes. Text only, never HTML.

const VISIBLE: Readonly<Record<string, string>> = {
  " ": "␣",
  "\n": "⏎",
  "\r": "␍",
  "\t": "⇥",
  "\u00a0": "⍽",
  "\u3000": "□",
};

/** Pieces of a token for display: `plain` runs as they are, `sign` for a character that would be invisible. */
export interface Run {
  readonly kind: "plain" | "sign";
  readonly text: string;
}

/** A character that prints nothing, or that would turn the direction of the text around it. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}\u115f\u1160\u3164\uffa0]/u;

/** It changes the character before it; with none there it prints nothing. */
const VARIATION = /[\u034f\u180b-\u180f\ufe00-\ufe0f\u{e0100}-\u{e01ef}]/u;

/** Bytes as `spell` and the kernel write them: the space between them is no character of the token. */
const SPELLED = /^⟨[0-9A-F]{2}(?: [0-9A-F]{2})*⟩$/;

export function runs(piece: string): readonly Run[] {
  if (SPELLED.test(piece)) return [{ kind: "plain", text: piece }];
  const result: Run[] = [];
  for (const character of piece) {
    const last = result.at(-1);
    const hidden = HIDDEN.test(character) || (last?.kind !== "plain" && VARIATION.test(character));
    const sign = VISIBLE[character] ?? (hidden ? codePoint(character) : null);
    if (sign !== null) result.push({ kind: "sign", text: sign });
    else if (last?.kind === "plain")
      result[result.length - 1] = { kind: "plain", text: last.text + character };
    else result.push({ kind: "plain", text: character });
  }
  return result;
}

function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}

/** Bytes in hexadecimal ("e38182") as a reader writes them ("E3 81 82"). */
export function hexadecimal(bytes: string): string {
  return (bytes.toUpperCase().match(/../g) ?? []).join(" ");
}

/** A token as one plain string, for labels, tables and screen readers. */
export function spell(piece: string, bytes: string): string {
  return bytes === ""
    ? runs(piece)
        .map((run) => run.text)
        .join("")
    : `⟨${hexadecimal(bytes)}⟩`;
}

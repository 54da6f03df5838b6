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

export function runs(piece: string): readonly Run[] {
  const result: Run[] = [];
  for (const character of piece) {
    const sign = VISIBLE[character] ?? (HIDDEN.test(character) ? codePoint(character) : null);
    const last = result.at(-1);
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

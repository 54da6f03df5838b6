// Stop texts as one types them into a single line: what cannot be typed there is written \n, \t or \\.

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", "\\": "\\" };

/** The text that is meant; spaces are a part of it. */
export function parseStop(typed: string): string {
  return typed.replace(/\\(.)/g, (whole, sign: string) => ESCAPES[sign] ?? whole);
}

/** The texts added and the one that is being typed, each once. */
export function stopsOf(added: readonly string[], typed: string): readonly string[] {
  return [...new Set([...added, parseStop(typed)])].filter((text) => text !== "");
}

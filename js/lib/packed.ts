// What travels as text: base64, and texts packed by gzip.

/** What base64 stands for. */
export function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/** A text that was packed by gzip and base64. */
export async function unpacked(packed: string): Promise<string> {
  const stream = new Blob([bytesOf(packed.trim())]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
}

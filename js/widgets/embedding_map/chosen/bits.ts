// A bit a point, lowest bit first, as it travels.

export function toBase64(bits: Uint8Array): string {
  let text = "";
  for (const byte of bits) text += String.fromCharCode(byte);
  return btoa(text);
}

export function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

export function countBits(bits: Uint8Array): number {
  let count = 0;
  for (let byte of bits) for (; byte > 0; byte &= byte - 1) count++;
  return count;
}

// Bytes as a reader writes them.
import { hexadecimal } from "../../../lib/pieces";
import type { Tokens } from "../../../lib/tokens";

/** A token's bytes as a reader writes them. */
export function bytesOfToken(tokens: Tokens, token: number): string {
  return hexadecimal(tokens.bytes(token) || hexOf(tokens.piece(token)));
}

export function hexOf(text: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

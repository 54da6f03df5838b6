// Guesses as far as the page can tell: among the head's tokens, without a tokenizer.
import { decode } from "../../../lib/arrays";
import { spell } from "../../../lib/pieces";
import type { CandidatePayload, DistributionPayload, GuessPayload } from "../../../session/payloads";

export type Asked = { readonly text: string } | { readonly token: number };

/** Behind the most probable ones the head holds the context's tokens, whose ranks it cannot tell. */
const RANKED = 1000;
const CHOICES = 4;
const PLAUSIBLE = 12;
const SIGNS: Readonly<Record<string, string>> = { "⏎": "\n", "␣": " ", "⇥": "\t" };

/** Tokens with a rank that the page knows, most probable first. */
export function ranked(distribution: DistributionPayload): readonly CandidatePayload[] {
  const ids = decode(distribution.ids);
  const logits = decode(distribution.logits);
  const special = new Set(distribution.special);
  return Array.from({ length: Math.min(RANKED, ids.length) }, (_, at) => ({
    id: ids[at] ?? 0,
    piece: distribution.pieces[at] ?? "",
    bytes: distribution.bytes[at] ?? "",
    special: special.has(at),
    logit: logits[at] ?? null,
    rank: at + 1,
  }));
}

export function probabilityOf({ logit }: CandidatePayload, { log_sum }: DistributionPayload): number {
  return logit === null ? 0 : Math.exp(logit - log_sum);
}

/** The guess as the kernel would judge it; null where it is no token that the page knows. */
export function judgeHere(distribution: DistributionPayload, asked: Asked): GuessPayload | null {
  const known = ranked(distribution);
  const token =
    "token" in asked
      ? known.find(({ id }) => id === asked.token)
      : known.find(({ piece, bytes }) => bytes === "" && waysToWrite(asked.text).has(piece));
  const [best] = known;
  if (token === undefined || best === undefined) return null;
  return {
    revision: distribution.revision,
    position: distribution.position,
    text: "text" in asked ? asked.text : spell(token.piece, token.bytes),
    token,
    probability: probabilityOf(token, distribution),
    best,
    best_probability: probabilityOf(best, distribution),
    known: true,
  };
}

/** Nobody types the space in front of a word, and white space is shown by signs. */
function waysToWrite(text: string): ReadonlySet<string> {
  const bare = text.replace(/^ +/, "");
  return new Set([text, ` ${bare}`, bare, unsigned(text)]);
}

function unsigned(text: string): string {
  return text.replace(/[⏎␣⇥]/g, (sign) => SIGNS[sign] ?? sign);
}

/** Whether the token that counts is all that was guessed. */
export function isWhole({ text, token }: GuessPayload): boolean {
  const name = spell(token.piece, token.bytes);
  return text === name || (token.bytes === "" && waysToWrite(text).has(token.piece));
}

/** Whether the token that counts ends inside a character of the guess: others begin with the same bytes. */
export function isOpen(guess: GuessPayload): boolean {
  return guess.token.bytes !== "" && !isWhole(guess);
}

/** The model's first choice and three others that could be it, in an order that tells nothing. */
export function choicesOf(distribution: DistributionPayload): readonly CandidatePayload[] {
  const [best, ...others] = ranked(distribution).slice(0, PLAUSIBLE);
  if (best === undefined) return [];
  const key = `${distribution.revision} ${distribution.position}`;
  const shuffled = (candidates: readonly CandidatePayload[]) =>
    candidates
      .map((candidate) => ({ candidate, at: scatter(`${key} ${candidate.id}`) }))
      .sort((a, b) => a.at - b.at)
      .map(({ candidate }) => candidate);
  const chosen = [best];
  for (const other of shuffled(others)) {
    if (chosen.length === CHOICES) break;
    // half a character is nothing to choose, and two that differ by a space or a capital would be one question too many
    if (other.bytes === "" && !chosen.some((one) => sameWord(one, other))) chosen.push(other);
  }
  return shuffled(chosen);
}

function sameWord(one: CandidatePayload, other: CandidatePayload): boolean {
  const word = ({ piece, bytes }: CandidatePayload) => piece.trim().toLowerCase() || spell(piece, bytes);
  return word(one) === word(other);
}

/** A number that looks like chance and is the same each time (FNV-1a). */
function scatter(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  // neighbouring texts differ in the last bits alone: mix them
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (hash ^ (hash >>> 13)) >>> 0;
}

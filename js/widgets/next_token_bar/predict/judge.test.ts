import { expect, test } from "vitest";
import { distribution } from "../../../testing/payloads";
import { choicesOf, isOpen, isWhole, judgeHere, ranked } from "./judge";

const PIECES = [" Paris", "Paris", " the", "\n", "", " Lyon", " a", " The"];
const BYTES = ["", "", "", "", "e381", "", "", ""];
const LOGITS = PIECES.map((_, rank) => -rank / 2);
const MADE = distribution(LOGITS, { pieces: PIECES, bytes: BYTES, special: [6] });
const total = LOGITS.reduce((sum, logit) => sum + Math.exp(logit), 0);

test("the space in front need not be typed, and the more probable way counts", () => {
  for (const text of ["Paris", " Paris", "   Paris"]) {
    const guess = judgeHere(MADE, { text });
    expect(guess?.token).toMatchObject({ id: 0, rank: 1, piece: " Paris" });
    expect(guess?.probability).toBeCloseTo(1 / total);
    expect(guess?.text).toBe(text);
  }
});

test("a sign stands for white space", () => {
  expect(judgeHere(MADE, { text: "⏎" })?.token.id).toBe(3);
});

test("a token by its id, with the first choice beside it", () => {
  const guess = judgeHere(MADE, { token: 5 });
  expect(guess).toMatchObject({
    text: "␣Lyon",
    token: { rank: 6 },
    best: { id: 0 },
    revision: 1,
    position: 0,
  });
  expect(guess?.best_probability).toBeCloseTo(1 / total);
});

test("what is no token of the head is not judged", () => {
  expect(judgeHere(MADE, { text: "Marseille" })).toBeNull();
  expect(judgeHere(MADE, { text: "" })).toBeNull();
  expect(judgeHere(MADE, { token: 99 })).toBeNull();
});

test("behind the first thousand stand tokens of the context, whose rank nobody knows", () => {
  const long = Array.from({ length: 1003 }, (_, rank) => -rank / 100);
  expect(ranked(distribution(long))).toHaveLength(1000);
});

test("whether the token is the whole guess", () => {
  const of = (text: string, token: number) => {
    const guess = judgeHere(MADE, { token });
    return guess && isWhole({ ...guess, text });
  };
  expect(of("Paris", 0)).toBe(true);
  expect(of("Parisian", 0)).toBe(false);
  expect(of("⏎", 3)).toBe(true);
  expect(of("⟨E3 81⟩", 4)).toBe(true);
  expect(of("東", 4)).toBe(false);
});

test("the beginning of a character settles nothing, unless it is what was chosen", () => {
  const of = (text: string, token: number) => {
    const guess = judgeHere(MADE, { token });
    return guess && isOpen({ ...guess, text });
  };
  expect(of("東", 4)).toBe(true);
  expect(of("⟨E3 81⟩", 4)).toBe(false);
  expect(of("Parisian", 0)).toBe(false);
});

test("four different words to choose from, the first choice among them, in an order that tells nothing", () => {
  const places = new Set<number>();
  for (let revision = 1; revision <= 40; revision++) {
    const choices = choicesOf({ ...MADE, revision });
    expect(choices).toHaveLength(4);
    expect(choices.every(({ bytes }) => bytes === "")).toBe(true);
    const words = choices.map(({ piece }) => piece.trim().toLowerCase() || piece);
    expect(new Set(words).size).toBe(4);
    places.add(choices.findIndex(({ id }) => id === 0));
    expect(choicesOf({ ...MADE, revision })).toEqual(choices);
  }
  expect([...places].sort()).toEqual([0, 1, 2, 3]);
});

test("no more choices than there are tokens", () => {
  expect(choicesOf(distribution([0, -1])).map(({ id }) => id)).toHaveLength(2);
  expect(choicesOf(distribution([]))).toEqual([]);
});

// In which order the heat map shows its words.

export type Sort =
  | { readonly by: "typed" | "alphabet" | "grouped" }
  | { readonly by: "like"; readonly word: string };

/** Indices into `labels`. `grouped` has similar words beside each other, `similarities` (words, words) row by row. */
export function orderOf(
  sort: Sort,
  labels: readonly string[],
  similarities: ArrayLike<number>,
  grouped: readonly number[],
  language: string,
): readonly number[] {
  const typed = labels.map((_, index) => index);
  if (sort.by === "grouped" && grouped.length === labels.length) return grouped;
  if (sort.by === "alphabet") {
    const { compare } = new Intl.Collator(language);
    return typed.sort((one, other) => compare(labels[one] ?? "", labels[other] ?? "") || one - other);
  }
  const row = sort.by === "like" ? labels.indexOf(sort.word) : -1;
  if (row < 0) return typed;
  // a word is most similar to itself, also where rounding says otherwise
  const value = (index: number) =>
    index === row ? Number.POSITIVE_INFINITY : (similarities[row * labels.length + index] ?? 0);
  return typed.sort((one, other) => value(other) - value(one) || one - other);
}

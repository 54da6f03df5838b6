// What a server did not return: how many tokens, what they have together, and the most that one has. The twin of llmwidgets/stages/rest.py.

/** At least, at most. */
export type Range = readonly [least: number, most: number];

export interface Rest {
  readonly tokens: number;
  readonly mass: number;
  readonly ceiling: number;
}

/** The least and the most that the sum of p^exponent can be: of an even spread, and of the fewest tokens. */
export function sumOfPowers({ tokens, mass, ceiling }: Rest, exponent: number): Range {
  if (mass <= 0) return [0, 0];
  if (exponent === 1) return [mass, mass];
  const even = tokens * (mass / tokens) ** exponent;
  const { full, left } = fewest({ tokens, mass, ceiling });
  return sorted(even, full * ceiling ** exponent + left ** exponent);
}

/** The least and the most that the sum of -p·log p can be. */
export function entropyOfRest({ tokens, mass, ceiling }: Rest): Range {
  if (mass <= 0) return [0, 0];
  const even = -mass * Math.log(mass / tokens);
  const { full, left } = fewest({ tokens, mass, ceiling });
  const few = -(full * ceiling * Math.log(ceiling) + (left > 0 ? left * Math.log(left) : 0));
  return sorted(even, few);
}

/** How many tokens have the ceiling where the mass is on as few as can be, and what one more has. */
function fewest({ tokens, mass, ceiling }: Rest): { readonly full: number; readonly left: number } {
  const full = Math.min(tokens, Math.floor(mass / ceiling));
  return { full, left: full < tokens ? Math.max(0, mass - full * ceiling) : 0 };
}

function sorted(one: number, other: number): Range {
  return one < other ? [one, other] : [other, one];
}

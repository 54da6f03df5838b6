"""What a server did not return: how many tokens, what they have together, and the most that one of them can have.

Not here: what a sampler makes of it (stages/bounds.py).
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Rest:
    """`tokens` that were not returned, with the probability `mass` together and at most `ceiling` each.

    What follows for a sum of p^a or of -p·log p lies between two spreads of the mass: evenly over all tokens, and on as few
    as the ceiling allows. Which one is the most depends on the curve: both sums are Schur-convex or Schur-concave in the
    probabilities, of which the even spread is the least in the order of majorisation and the fewest tokens the greatest.

    >>> Rest(tokens=4, mass=0.2, ceiling=0.1).sum_of_powers(2.0)
    (0.010000000000000002, 0.020000000000000004)
    """

    tokens: int
    mass: float
    ceiling: float

    def sum_of_powers(self, exponent: float) -> tuple[float, float]:
        """The least and the most that the sum of p^exponent can be; at temperature T the exponent is 1/T. `exponent` > 0."""
        if self.mass <= 0:
            return 0.0, 0.0
        if exponent == 1:
            return self.mass, self.mass
        even = self.tokens * (self.mass / self.tokens) ** exponent
        full, left = self._fewest
        fewest = full * self.ceiling**exponent + left**exponent
        return min(even, fewest), max(even, fewest)

    @property
    def entropy(self) -> tuple[float, float]:
        """The least and the most that the sum of -p·log p can be, in nats."""
        if self.mass <= 0:
            return 0.0, 0.0
        even = -self.mass * math.log(self.mass / self.tokens)
        full, left = self._fewest
        fewest = -(full * self.ceiling * math.log(self.ceiling) + (left * math.log(left) if left > 0 else 0.0))
        return min(even, fewest), max(even, fewest)

    @property
    def _fewest(self) -> tuple[int, float]:
        """How many tokens have the ceiling where the mass is on as few as can be, and what one more has."""
        full = min(self.tokens, int(self.mass / self.ceiling))
        return full, max(0.0, self.mass - full * self.ceiling) if full < self.tokens else 0.0

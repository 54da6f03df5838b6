"""NextTokenBar: the most probable next tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmwidgets.errors import InvalidValue
from llmwidgets.widgets.base import ModelView
from llmwidgets.widgets.fallback import bars, visible

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from llmwidgets.session import ModelSession
    from llmwidgets.stages.distribution import Distribution

MOST_BARS = 200


class NextTokenBar(ModelView):
    """The `k` most probable next tokens at the session's position, with what the sampler makes of them; a click on one appends it.

    `k` from 1 to 200, else InvalidValue. The rest of the vocabulary is one more bar.

    >>> NextTokenBar(session, k=5).distribution.entropy     # doctest: +SKIP
    """

    name = "next_token_bar"
    needs_distribution = True

    def __init__(self, session: ModelSession | None = None, *, k: int = 10, language: str | None = None) -> None:
        if isinstance(k, bool) or not isinstance(k, int) or not 1 <= k <= MOST_BARS:
            msg = f"k cannot be {k!r}."
            raise InvalidValue(
                msg, hint=f"It takes 1 to {MOST_BARS}.", name="k", value=repr(k), allowed=f"1 to {MOST_BARS}"
            )
        self._k = k
        super().__init__(session, language=language, k=k)

    @property
    def distribution(self) -> Distribution:
        """The distribution shown; waits for the model."""
        return self.session.distribution

    def figure(self) -> Figure:
        """Bars of the raw and the sampled probability as a plotly Figure, most probable on top."""
        from plotly import graph_objects as go

        from llmwidgets.widgets.figures import ACCENT, MUTED, dress, label

        distribution, session = self.distribution, self.session
        sampled = session.sampler.apply(distribution.logits, session.state.prefix).probs
        top = distribution.top(self._k)
        rest = len(distribution.logits) - len(top)
        names = [f"{label(candidate.piece)}  {candidate.id}" for candidate in top] + [f"{rest:,} other tokens"]
        raw = [candidate.probability for candidate in top]
        kept = [float(sampled[candidate.id]) for candidate in top]
        figure = go.Figure()
        figure.add_bar(y=names, x=[*raw, 1 - sum(raw)], orientation="h", name="model", marker_color=MUTED)
        figure.add_bar(
            y=names, x=[*kept, 1 - sum(kept)], orientation="h", name="after the sampler", marker_color=ACCENT
        )
        figure.update_yaxes(autorange="reversed", type="category", automargin=True)
        figure.update_xaxes(title="probability", tickformat=".0%", rangemode="tozero")
        figure.update_layout(barmode="group", legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"})
        return dress(figure, f"next token, entropy {distribution.entropy:.2f} nats", height=140 + 34 * len(names))

    def _picture(self) -> str:
        distribution = self.distribution
        top = distribution.top(self._k)
        rest = max(0.0, 1 - sum(candidate.probability for candidate in top))
        rows = [(f"{visible(candidate.piece)} ({candidate.id})", candidate.probability) for candidate in top]
        others = len(distribution.logits) - len(top)
        return bars(f"Next token, entropy {distribution.entropy:.2f} nats", [*rows, (f"{others:,} other tokens", rest)])

    def _in_words(self) -> str:
        return f"NextTokenBar(k={self._k}, {self.distribution!r})"

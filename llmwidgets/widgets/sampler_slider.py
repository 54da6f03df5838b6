"""SamplerSlider: how the next token is drawn."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from llmwidgets.errors import EmptyText
from llmwidgets.stages.sampling import Sampler
from llmwidgets.widgets.base import ModelView
from llmwidgets.widgets.fallback import paragraph, table

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from llmwidgets.session import ModelSession
    from llmwidgets.stages.sampling import Filtered


class SamplerSlider(ModelView):
    """The sampler's settings as sliders, the tokens that each stage leaves, and the buttons that draw: step, generate, stop, undo.

    >>> SamplerSlider(session).sampler.temperature      # doctest: +SKIP
    """

    name = "sampler_slider"
    needs_distribution = True

    def __init__(self, session: ModelSession | None = None, *, language: str | None = None) -> None:
        super().__init__(session, language=language)

    @property
    def sampler(self) -> Sampler:
        """The settings shown."""
        return self.session.sampler

    @property
    def filtered(self) -> Filtered:
        """The session's distribution after the chain; waits for the model."""
        return self.sampler.apply(self.session.distribution.logits, self.session.state.prefix)

    def figure(self) -> Figure:
        """The tokens left after each stage, as a plotly funnel on a logarithmic scale."""
        from plotly import graph_objects as go

        from llmwidgets.widgets.figures import ACCENT, dress

        filtered = self.filtered
        names = ["vocabulary", *(stage.name for stage in filtered.stages)]
        left = [len(filtered.probs), *(stage.left for stage in filtered.stages)]
        figure = go.Figure(
            go.Bar(y=names, x=left, text=[f"{count:,}" for count in left], orientation="h", marker_color=ACCENT)
        )
        figure.update_yaxes(autorange="reversed", type="category", automargin=True)
        figure.update_xaxes(title="tokens left", type="log")
        return dress(figure, _settings(self.sampler), height=160 + 40 * len(names))

    def _picture(self) -> str:
        rows = [("", f"{self.session.info.vocabulary:,}", "")]
        try:
            rows += [(stage.name, f"{stage.left:,}", f"{stage.mass_removed:.2%}") for stage in self.filtered.stages]
        except EmptyText:
            return paragraph(_settings(self.sampler))
        return table(_settings(self.sampler), ("stage", "tokens left", "probability removed"), rows)

    def _in_words(self) -> str:
        return f"SamplerSlider({_settings(self.sampler)})"


def _settings(sampler: Sampler) -> str:
    neutral = Sampler()
    changed = [
        f"{field.name}={getattr(sampler, field.name)}"
        for field in fields(sampler)
        if getattr(sampler, field.name) != getattr(neutral, field.name)
    ]
    return ", ".join(changed) or "neutral: every token keeps its probability"

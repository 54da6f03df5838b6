"""SamplerSlider: how the next token is drawn."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from llmwidgets.errors import EmptyText
from llmwidgets.language import in_own_language, say
from llmwidgets.stages.sampling import Sampler
from llmwidgets.widgets.base import PredictionView
from llmwidgets.widgets.fallback import paragraph, table

if TYPE_CHECKING:
    from plotly.graph_objects import Figure, Funnel

    from llmwidgets.prediction import PredictionSession
    from llmwidgets.stages.sampling import Filtered


class SamplerSlider(PredictionView):
    """How the next token is drawn: the chain of stages as a funnel of tokens and probability, each with a slider and a switch.

    With it come presets (greedy, neutral, the model's own), the arithmetic of the top tokens, the same settings in the order of
    llama.cpp and vLLM, the buttons that draw (step, generate, stop, undo), and the ways that the text went: what else could have
    come at a generated token, and the forks that another choice left. Without a model behind the distribution, sliders alone.
    `session`: any session that has a distribution, the newest where none is given.

    >>> SamplerSlider(session).sampler.temperature      # doctest: +SKIP
    """

    name = "sampler_slider"
    needs_distribution = True

    def __init__(self, session: PredictionSession | None = None, *, language: str | None = None) -> None:
        super().__init__(session, language=language)

    @property
    def sampler(self) -> Sampler:
        """The settings shown."""
        return self.session.sampler

    @property
    def filtered(self) -> Filtered:
        """The session's distribution after the chain; waits for the model."""
        return self.session.filtered

    @in_own_language
    def figure(self) -> Figure:
        """The chain as a plotly funnel: the tokens left after each stage, wide on a logarithmic scale, beside the probability left."""
        from plotly.subplots import make_subplots

        from llmwidgets.widgets.figures import dress

        levels = self._levels()
        figure = make_subplots(cols=2, shared_yaxes=True, subplot_titles=(say("tokens left"), say("probability left")))
        widths = [math.log1p(level.tokens) for level in levels]
        figure.add_trace(_funnel(levels, widths, [level.count for level in levels]), row=1, col=1)
        masses = [level.mass for level in levels]
        figure.add_trace(_funnel(levels, masses, [_shares(level.masses, 1) for level in levels]), row=1, col=2)
        figure.update_xaxes(visible=False)
        figure.update_yaxes(type="category", automargin=True)
        return dress(figure, _settings(self.sampler), height=160 + 44 * len(levels)).update_layout(showlegend=False)

    def _levels(self) -> list[_Level]:
        """From the whole vocabulary down to what is drawn from."""
        filtered = self.filtered
        size = len(filtered.probs)
        levels = [_Level(say("vocabulary"), size, 1.0, (size, size), (0.0, 0.0), (1.0, 1.0))]
        for at, stage in enumerate(filtered.stages):
            last, stays = levels[-1], 1 - stage.mass_removed
            left, within = (stage.left, stage.left), (stays, stays)
            if filtered.bounds is not None:
                left, within = filtered.bounds.stages[at].left, filtered.bounds.stages[at].mass
            masses = last.masses[0] * within[0], last.masses[1] * within[1]
            removed = 1 - within[1], 1 - within[0]
            levels.append(_Level(stage.name, stage.left, last.mass * stays, left, removed, masses))
        return levels

    def _picture(self) -> str:
        try:
            levels = self._levels()
        except EmptyText:
            return paragraph(_settings(self.sampler))
        head = ("stage", "tokens left", "probability removed", "probability left")
        rows = [(level.name, level.count, _shares(level.removed, 2), _shares(level.masses, 2)) for level in levels]
        return table(_settings(self.sampler), head, rows)

    def _in_words(self) -> str:
        return f"SamplerSlider({_settings(self.sampler)})"


@dataclass(frozen=True)
class _Level:
    """What is left after a stage: tokens, and the share of the probability that was there at the chain's begin.

    `left`, `removed` (of what reached the stage) and `masses` are (least, most): the same twice but where tokens were not returned.
    """

    name: str
    tokens: int
    mass: float
    left: tuple[int, int]
    removed: tuple[float, float]
    masses: tuple[float, float]

    @property
    def count(self) -> str:
        """The tokens in words."""
        return _between(*(f"{tokens:,}" for tokens in self.left))


def _funnel(levels: list[_Level], widths: list[float], texts: list[str]) -> Funnel:
    from plotly import graph_objects as go

    from llmwidgets.widgets.figures import ACCENT

    return go.Funnel(
        y=[level.name for level in levels],
        x=widths,
        text=texts,
        textinfo="text",
        hoverinfo="y+text",
        marker={"color": ACCENT},
        connector={"fillcolor": "#dbe7fb", "line": {"width": 0}},
    )


def _shares(bounds: tuple[float, float], decimals: int) -> str:
    return _between(*(f"{share:.{decimals}%}" for share in bounds))


def _between(least: str, most: str) -> str:
    return most if least == most else say(f"{least} to {most}")


def _settings(sampler: Sampler) -> str:
    neutral = Sampler()
    changed = [
        f"{field.name}={getattr(sampler, field.name)}"
        for field in fields(sampler)
        if getattr(sampler, field.name) != getattr(neutral, field.name)
    ]
    return ", ".join(changed) or "neutral: every token keeps its probability"

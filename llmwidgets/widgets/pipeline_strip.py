"""PipelineStrip: what flowed through the model in its last call."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import traitlets

from llmwidgets.errors import ModelNotCalled, NotOffered
from llmwidgets.language import in_own_language, say
from llmwidgets.numbers import milliseconds
from llmwidgets.session import ModelSession
from llmwidgets.stages.flow import total
from llmwidgets.widgets.base import ModelView, weakly
from llmwidgets.widgets.fallback import paragraph, table
from llmwidgets.widgets.strip_payloads import call_payload

if TYPE_CHECKING:
    from collections.abc import Sequence

    from plotly.graph_objects import Figure

    from llmwidgets.stages.flow import Flow, FlowStage


class PipelineStrip(ModelView):
    """The last call of the model, stage by stage: tokens, embeddings, the blocks (folded into one that unfolds), the last norm, logits.

    Each with the shape, dtype, device and time of what left it; below them the KV cache, what was reused of it, tokens per second, the
    loss, and the modes in which the call ran. It shows the session's own passes and the calls of a watched model alike, while
    they run. Only while such a view is open does the model have hooks for it. `session`: the newest where none is given.

    >>> strip = PipelineStrip(session)                  # doctest: +SKIP
    >>> session.step(); strip.flow.cache.reused         # doctest: +SKIP
    5
    """

    name = "pipeline_strip"

    call: Any = traitlets.Dict(allow_none=True, default_value=None).tag(sync=True)

    def __init__(self, session: ModelSession | None = None, *, language: str | None = None) -> None:
        self._shown: Flow | None = None
        self._showing = threading.Lock()
        self._follow = weakly(self.follow)
        super().__init__(session, language=language)
        self._store.need_flow(1)
        self.session.attach(self._follow)
        self.follow()

    @property
    def flow(self) -> Flow | None:
        """The call that is shown; None before there is one, and where the model runs out of sight."""
        self.follow()
        return self._shown

    @in_own_language
    def figure(self) -> Figure:
        """The times of the stages as bars, each block for itself. Raises ModelNotCalled before there is a call, NotOffered where it cannot be seen."""
        from plotly import graph_objects as go

        from llmwidgets.widgets.figures import ACCENT, dress

        flow = self._flow()
        stages = [stage for stage in flow.stages if stage.seconds is not None]
        times = [1e3 * (stage.seconds or 0.0) for stage in stages]
        forms = [f"{shape_text(stage.shape)} {stage.dtype} {stage.device}" for stage in stages]
        bars = go.Bar(
            y=[stage.name for stage in stages],
            x=times,
            orientation="h",
            marker_color=ACCENT,
            customdata=forms,
            text=[milliseconds(time / 1e3) for time in times],
            textposition="outside",
            cliponaxis=False,
            hovertemplate="%{y}: %{x:.3g} ms<br>%{customdata}<extra></extra>",
        )
        figure = go.Figure(bars)
        figure.update_yaxes(autorange="reversed", type="category", automargin=True)
        figure.update_xaxes(title=say("milliseconds"), rangemode="tozero")
        return dress(figure, _headline(flow), height=140 + 24 * len(stages))

    def follow(self) -> None:
        """Called after every change of the session."""
        session = self._store.session_or_none
        if not isinstance(session, ModelSession) or session.closed:
            return
        unseen = session.capabilities["calls"].extent == "absent"
        flow = None if unseen else session.flow
        with self._showing:
            if flow is self._shown or (flow is None and not unseen):
                return
            self._shown = flow
            self.call = None if flow is None else dict(call_payload(flow))

    def close(self) -> None:
        """See View."""
        if self.comm is not None:
            self._store.need_flow(-1)
            if (session := self._store.session_or_none) is not None:
                session.detach(self._follow)
        super().close()

    def _flow(self) -> Flow:
        flow = self.flow
        self._check_seen()
        if flow is None:
            raise ModelNotCalled("The model has not been called yet.", hint="Call it in any cell: model(**inputs).")
        return flow

    def _check_seen(self) -> None:
        capabilities = self.session.capabilities
        if (ability := capabilities["calls"]).extent == "absent":
            raise NotOffered(ability.detail, what="calls", server=capabilities.server, known="")

    def _picture(self) -> str:
        self._check_seen()
        flow = self.flow
        if flow is None:
            return paragraph("The model has not been called yet.")
        head = ("stage", "shape", "dtype", "device", "time")
        facts = paragraph(" · ".join(map(say, facts_of(flow))))
        return table(_headline(flow), head, [_row(fold) for fold in flow.folded()]) + facts

    def _in_words(self) -> str:
        self._check_seen()
        flow = self.flow
        return "PipelineStrip(no call yet)" if flow is None else f"PipelineStrip({_headline(flow)})"


def facts_of(flow: Flow) -> list[str]:
    """What is said of a call besides its stages."""
    facts = []
    if (cache := flow.cache) is not None:
        facts += [] if cache.bytes is None else [f"KV cache {cache.bytes / 1e6:,.3g} MB"]
        if cache.reused is not None and cache.length is not None:
            facts.append(f"{cache.reused:,} of {cache.length:,} tokens reused")
    facts += [] if flow.tokens_per_second is None else [f"{flow.tokens_per_second:,.3g} tokens/s"]
    facts += [] if flow.loss is None else [f"loss {flow.loss:.4g}"]
    facts.append("training" if flow.training else "eval")
    facts.append("inference_mode" if flow.inference else "grad" if flow.grad else "no_grad")
    facts += [f"autocast {flow.autocast}"] if flow.autocast else []
    return [*facts, flow.attention] if flow.attention else facts


def shape_text(shape: Sequence[int]) -> str:
    """1 × 5 × 576."""
    return " × ".join(map(str, shape))


def _headline(flow: Flow) -> str:
    took = "" if flow.seconds is None else f" in {milliseconds(flow.seconds)}"
    through = f" through {len(flow.blocks)} blocks" if flow.blocks else ""
    return f"{flow.model}: {shape_text((flow.batch, flow.tokens))} tokens{through}{took}"


def _row(fold: Sequence[FlowStage]) -> tuple[str, ...]:
    stage = fold[0]
    name = stage.name if stage.kind != "block" else f"{stage.part} {len(fold)} blocks".strip()
    seconds = total(tuple(fold))
    took = "" if seconds is None else milliseconds(seconds)
    devices = ", ".join(dict.fromkeys(one.device for one in fold))
    return say(name), shape_text(fold[-1].shape), stage.dtype, devices, took

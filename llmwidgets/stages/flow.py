"""What one call of a model was: the stages that its tensors went through, each with shape, dtype, device and time. Plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

StageKind = Literal["tokens", "embeddings", "block", "norm", "logits"]


@dataclass(frozen=True)
class FlowStage:
    """What left a stage. `seconds` within it, None where nothing ran or the device keeps its time to itself.

    `kind` says which stage it is; `part` is "encoder" or "decoder" in a model that has both, else "". `index` is a block's number.
    `detail`: where it stands in the model, and its class.
    """

    name: str
    kind: StageKind
    shape: tuple[int, ...]
    dtype: str
    device: str
    seconds: float | None = None
    detail: str = ""
    part: str = ""
    index: int = 0


@dataclass(frozen=True)
class FlowCache:
    """The keys and values after the call: `length` tokens that it has seen, `bytes` of its tensors, and the tokens that it had seen before.

    `length` and `reused` are None where they stand on a GPU alone, or where the cache counts no tokens; `bytes` of a quantised
    one. A static cache has the bytes of its full size from the beginning; one with a sliding window has seen more than it holds.
    """

    kind: str
    bytes: int | None = None
    length: int | None = None
    reused: int | None = None


@dataclass(frozen=True)
class Flow:
    """One call of a model, as it flowed.

    `number` counts the calls that were seen. `batch` rows of `tokens` tokens each went in. `seconds` of the whole call, which is more
    than its stages took: masks and positions are computed between them. `tokens_per_second` of all rows: of a run of calls that go on
    from each other, such as `generate` makes, over the time of the run after its first call; else of the call alone. `loss` is None
    where there is none, or where it stands on a GPU. `autocast` is its dtype, "" without. `complete` is False where the stages
    inside were not seen, as in a compiled model.
    """

    number: int
    model: str
    stages: tuple[FlowStage, ...]
    batch: int
    tokens: int
    seconds: float | None
    tokens_per_second: float | None
    cache: FlowCache | None
    loss: float | None
    training: bool
    grad: bool
    inference: bool
    autocast: str
    attention: str
    complete: bool = True

    @property
    def blocks(self) -> tuple[FlowStage, ...]:
        """The blocks alone, in the order in which they ran."""
        return tuple(stage for stage in self.stages if stage.kind == "block")

    @property
    def between(self) -> float | None:
        """Seconds of the call outside its stages; None where a time is missing."""
        within = total(self.stages)
        return None if self.seconds is None or within is None else max(0.0, self.seconds - within)

    def folded(self) -> tuple[tuple[FlowStage, ...], ...]:
        """The stages with blocks that follow each other as one."""
        folds: list[list[FlowStage]] = []
        for stage in self.stages:
            last = folds[-1][-1] if folds else None
            if last is not None and last.kind == stage.kind == "block" and last.part == stage.part:
                folds[-1].append(stage)
            else:
                folds.append([stage])
        return tuple(map(tuple, folds))


def total(stages: tuple[FlowStage, ...]) -> float | None:
    """Seconds of stages together; None where none has a time."""
    times = [stage.seconds for stage in stages]
    known = [seconds for seconds in times if seconds is not None]
    return sum(known) if known else None

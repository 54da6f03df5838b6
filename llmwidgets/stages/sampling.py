"""The sampler: its settings, and transformers' own processors in transformers' own order. js/lib/sampling.ts is its twin in the page."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from llmwidgets.errors import InvalidValue

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import torch
    from transformers import LogitsProcessor


@dataclass(frozen=True)
class Limits:
    """The values that a setting may have: from `low` to `high`, both included."""

    low: float
    high: float
    whole: bool = False

    def __str__(self) -> str:
        return f"{'a whole number ' if self.whole else ''}{self.low:g} to {self.high:g}"


LIMITS = {
    "temperature": Limits(0.0, 100.0),
    "top_k": Limits(0, 10_000_000, whole=True),
    "top_p": Limits(0.0, 1.0),
    "min_p": Limits(0.0, 1.0),
    "typical_p": Limits(0.001, 1.0),
    "top_h": Limits(0.0, 1.0),
    "epsilon_cutoff": Limits(0.0, 0.999),
    "eta_cutoff": Limits(0.0, 0.999),
    "repetition_penalty": Limits(0.01, 10.0),
    "seed": Limits(0, 2**53 - 1, whole=True),
}


@dataclass(frozen=True)
class Sampler:
    """How one token is drawn from a distribution, in transformers' names. The defaults change nothing: every token keeps its probability.

    temperature > 0 divides the logits (0 means greedy); top_k 0, top_p 1, min_p 0, typical_p 1, top_h 0, epsilon_cutoff 0,
    eta_cutoff 0 and repetition_penalty 1 are off. `do_sample=False` is greedy. `seed` None draws differently each time.
    Values out of range raise InvalidValue. A sampler never changes; `replace` gives another.

    >>> Sampler(temperature=0.7, top_p=0.9).replace(top_k=50).generate_kwargs()["top_k"]
    50
    """

    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    min_p: float = 0.0
    typical_p: float = 1.0
    top_h: float = 0.0
    epsilon_cutoff: float = 0.0
    eta_cutoff: float = 0.0
    repetition_penalty: float = 1.0
    do_sample: bool = True
    seed: int | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.do_sample, bool):
            raise _refuse("do_sample", self.do_sample, "True or False")
        for name, limits in LIMITS.items():
            object.__setattr__(self, name, _check(name, getattr(self, name), limits))

    @classmethod
    def from_model(cls, model: Any) -> Sampler:
        """The settings that `model.generate(do_sample=True)` would take from the model's generation_config, without transformers' own top_k of 50.

        A model whose configuration says nothing of sampling gives the neutral sampler.
        """
        config = getattr(model, "generation_config", None)
        values = {name: getattr(config, name, None) for name in _stage_names()}
        return cls(**{name: value for name, value in values.items() if value is not None and _fits(name, value)})

    def replace(self, **changes: Any) -> Sampler:
        """A sampler with these settings changed."""
        unknown = set(changes) - {field.name for field in fields(self)}
        if unknown:
            name = min(unknown)
            raise _refuse(
                name, changes[name], "the names of Sampler's settings: " + ", ".join(f.name for f in fields(self))
            )
        return replace(self, **changes)

    @property
    def greedy(self) -> bool:
        """Whether the most probable token is taken, without a draw."""
        return not self.do_sample or self.temperature == 0

    def generate_kwargs(self) -> dict[str, Any]:
        """Arguments for `model.generate(**kwargs)` that give this sampler's behaviour whatever the model's generation_config says.

        Off is written out as a neutral value, since None in a GenerationConfig would inherit. The seed is not among them: `torch.manual_seed(seed)`.
        """
        penalty = {"repetition_penalty": float(self.repetition_penalty)}
        if self.greedy:
            return {"do_sample": False, "temperature": 1.0, "top_p": 1.0, "top_k": 50, **penalty}
        settings = {name: getattr(self, name) for name in _stage_names() if name not in ("top_h", "repetition_penalty")}
        # top_h has no neutral number (1.0 still cuts to 100 tokens): among generate's arguments None switches it off
        return {"do_sample": True, **settings, **penalty, "top_h": self.top_h or None}

    def processors(self, device: Any = "cpu") -> list[tuple[str, LogitsProcessor]]:
        """Transformers' own processors for the stages that are on, named, in the order of `generate` (transformers 5)."""
        from transformers.generation import logits_process as library

        makers: dict[str, Callable[[], LogitsProcessor]] = {
            "repetition_penalty": lambda: library.RepetitionPenaltyLogitsProcessor(self.repetition_penalty),
            "temperature": lambda: library.TemperatureLogitsWarper(self.temperature),
            "top_h": lambda: library.TopHLogitsWarper(self.top_h),
            "top_k": lambda: library.TopKLogitsWarper(self.top_k),
            "top_p": lambda: library.TopPLogitsWarper(self.top_p),
            "min_p": lambda: library.MinPLogitsWarper(self.min_p),
            "typical_p": lambda: library.TypicalLogitsWarper(self.typical_p),
            "epsilon_cutoff": lambda: library.EpsilonLogitsWarper(self.epsilon_cutoff),
            "eta_cutoff": lambda: library.EtaLogitsWarper(self.eta_cutoff, device=str(device)),
        }
        on = [name for name in makers if getattr(self, name) != _NEUTRAL[name]]
        return [(name, makers[name]()) for name in on if name == "repetition_penalty" or not self.greedy]

    def apply(self, logits: Any, input_ids: Any = None) -> Filtered:
        """The whole chain on `logits` (vocabulary,) or (1, vocabulary); `input_ids` (tokens,) are what a repetition penalty looks at.

        The distribution is the one that `generate` would draw from; greedy gives probability 1 to the token it takes.
        """
        import torch

        with torch.inference_mode():
            scores, ids = as_batch(logits, input_ids)
            stages: list[StageResult] = []
            for name, processor in self.processors(scores.device):
                before = scores
                scores = processor(ids, scores)
                stages.append(_stage(name, before, scores))
            if self.greedy:
                before = scores
                scores = torch.full_like(before, -math.inf)
                scores[0, before[0].argmax()] = 0.0
                stages.append(_stage("greedy", before, scores))
            probs = scores.softmax(dim=-1)[0]
            kept = torch.isfinite(scores[0]).nonzero()[:, 0]
            return Filtered(probs.cpu().numpy(), kept.cpu().numpy(), tuple(stages))


_NEUTRAL = {field.name: field.default for field in fields(Sampler)}


@dataclass(frozen=True, eq=False)
class StageResult:
    """What one stage did: `left` tokens after it, `mass_removed` the probability before it of what it removed, `removed` their ids."""

    name: str
    left: int
    mass_removed: float
    removed: np.ndarray


@dataclass(frozen=True, eq=False)
class Filtered:
    """A distribution after the chain: `probs` (vocabulary,) float32, `kept` the ids that can be drawn, `stages` what each stage did."""

    probs: np.ndarray
    kept: np.ndarray
    stages: tuple[StageResult, ...]

    def __repr__(self) -> str:
        steps = ", ".join(f"{stage.name} leaves {stage.left}" for stage in self.stages)
        return f"Filtered({len(self.kept)} of {len(self.probs)} tokens kept{': ' if steps else ''}{steps})"


def as_batch(logits: Any, input_ids: Any) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits as (1, vocabulary) float32 and ids as (1, tokens) int64, on the logits' device."""
    import torch

    scores = torch.as_tensor(logits).detach().to(torch.float32)
    scores = scores.reshape(1, -1) if scores.ndim == 1 else scores
    if scores.ndim != 2 or scores.shape[0] != 1 or scores.shape[1] == 0:
        raise _refuse("logits", tuple(scores.shape), "(vocabulary,) or (1, vocabulary)")
    ids = torch.as_tensor([] if input_ids is None else input_ids, dtype=torch.int64, device=scores.device)
    return scores, ids.reshape(1, -1)


def draw(probs: torch.Tensor, n: int, generator: torch.Generator) -> torch.Tensor:
    """N independent draws, (vocabulary,) to (n,) int64, by torch.multinomial: the same as `generate`'s with the same generator state."""
    import torch

    return torch.multinomial(probs, n, replacement=n > 1, generator=generator)


def _stage(name: str, before: torch.Tensor, after: torch.Tensor) -> StageResult:
    import torch

    gone = torch.isfinite(before[0]) & ~torch.isfinite(after[0])
    probs = before[0].softmax(dim=-1)
    removed = gone.nonzero()[:, 0].cpu().numpy()
    left = int(torch.isfinite(after[0]).sum())
    return StageResult(name, left, float(probs[gone].sum()), removed)


def _stage_names() -> Sequence[str]:
    return [name for name in LIMITS if name != "seed"]


def _fits(name: str, value: Any) -> bool:
    try:
        _check(name, value, LIMITS[name])
    except InvalidValue:
        return False
    return True


def _check(name: str, value: Any, limits: Limits) -> float | int | None:
    if name == "seed" and value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise _refuse(name, value, str(limits))
    # NaN lies between no limits; an int beyond every float can be compared, not converted
    if not limits.low <= value <= limits.high or (limits.whole and value != int(value)):
        raise _refuse(name, value, str(limits))
    return int(value) if limits.whole else float(value)


def _refuse(name: str, value: Any, allowed: str) -> InvalidValue:
    return InvalidValue(
        f"{name} cannot be {value!r}.", hint=f"It takes {allowed}.", name=name, value=repr(value), allowed=allowed
    )

"""The sampler: its settings, and transformers' own processors in the order of an engine. js/lib/sampling.ts is its twin in the page."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from llmwidgets.errors import InvalidValue
from llmwidgets.language import listed, say
from llmwidgets.stages.bounds import Bounds, bounds_of
from llmwidgets.stages.distribution import Distribution, check_logits
from llmwidgets.stages.generation import Origin, inherited, silencing_arguments

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import torch
    from transformers import LogitsProcessor

__all__ = ["LIMITS", "ORDERS", "Filtered", "Limits", "Order", "Origin", "Sampler", "StageResult", "as_batch", "draw"]

Order = Literal["transformers", "llama.cpp", "vllm"]
"""Whose order the stages run in."""

ORDERS: dict[Order, tuple[str, ...]] = {
    "transformers": (
        "repetition_penalty",
        "temperature",
        "top_h",
        "top_k",
        "top_p",
        "min_p",
        "typical_p",
        "epsilon_cutoff",
        "eta_cutoff",
    ),
    "llama.cpp": ("repetition_penalty", "top_k", "typical_p", "top_p", "min_p", "temperature"),
    "vllm": ("repetition_penalty", "temperature", "min_p", "top_k", "top_p"),
}
"""The stages that an engine has, in the order in which it runs them."""

KEPT = -1
MASKED = -2
NOT_RETURNED = -3


@dataclass(frozen=True)
class Limits:
    """The values that a setting may have: from `low` to `high`, both included."""

    low: float
    high: float
    whole: bool = False

    def __str__(self) -> str:
        high = f"{self.high:,}" if self.whole else f"{self.high:g}"
        return f"{'a whole number ' if self.whole else ''}{self.low:g} to {high}"


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
    def from_model(cls, model: Any, *, defaults: bool = True) -> Sampler:
        """The settings with which `model.generate(do_sample=True)` draws: those of its generation_config, else transformers' own (top_k 50).

        `defaults=False` takes what the generation_config itself says, and neutral values elsewhere. Values out of range, with
        which `generate` raises, are passed over. What a Sampler has no setting for (no_repeat_ngram_size, suppress_tokens …) is not among them.
        """
        return cls(**{name: value for name, (value, _) in _inherited(model, defaults=defaults).items()})

    @classmethod
    def from_config(cls, config: Any) -> Sampler:
        """The settings with which `generate(generation_config=config)` draws, `do_sample` among them; transformers' own (top_k 50) where it says nothing.

        >>> Sampler.from_config(GenerationConfig(do_sample=True, temperature=0.7)).temperature      # doctest: +SKIP
        0.7
        """
        return cls.from_model(SimpleNamespace(generation_config=config)).replace(
            do_sample=bool(getattr(config, "do_sample", False))
        )

    @classmethod
    def origins(cls, model: Any) -> dict[str, Origin]:
        """Where each setting of `from_model(model)` that is not neutral comes from."""
        return {name: origin for name, (_, origin) in _inherited(model, defaults=True).items()}

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
        """Arguments for `model.generate(ids, **kwargs)` that give this sampler's behaviour whatever the model's generation_config says.

        What is off is written out, and so is what else could change the distribution or the way of decoding (beams, forced,
        suppressed or forbidden tokens, guidance, watermarks …). To have one of these, set it in the dict: `{**kwargs, "min_new_tokens": 5}`.
        Length, stopping and cache stay as they are. The seed is not among them: `torch.manual_seed(seed)`.
        """
        settings: dict[str, Any] = {name: getattr(self, name) for name in _stage_names()}
        # these two have no neutral number where nothing is drawn, and top_h nowhere: 1.0 still cuts to 100 tokens
        settings["top_h"] = self.top_h or None
        if self.greedy:
            # the numbers that transformers takes for unset: with others it warns that they have no effect
            settings |= {"temperature": 1.0, "top_k": 50, "top_p": 1.0, "typical_p": 1.0, "min_p": None, "top_h": None}
            settings |= {"epsilon_cutoff": 0.0, "eta_cutoff": 0.0, "num_return_sequences": 1}
        return {"do_sample": not self.greedy, **settings, **silencing_arguments()}

    def processors(self, device: Any = "cpu", order: Order = "transformers") -> list[tuple[str, LogitsProcessor]]:
        """Transformers' own processors for the stages that are on, named, in the order of an engine (`ORDERS`)."""
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
        return [(name, makers[name]()) for name in _stages_of(order) if name in self._on()]

    def apply(self, logits: Any, input_ids: Any = None, *, order: Order = "transformers") -> Filtered:
        """The whole chain on `logits` (vocabulary,) or (1, vocabulary); `input_ids` (tokens,) are what a repetition penalty looks at.

        Logits may be a tensor of any dtype on any device, an array or a list; -inf is allowed. Raises BadLogits for NaN, +inf or nothing
        but -inf, InvalidValue for other shapes and an unknown order. A Distribution may be partial: see `Filtered`.

        In transformers' order the distribution is the one that `generate` draws from; greedy gives probability 1 to the token it takes.
        In another engine's order ("llama.cpp", "vllm") the same classes run in that engine's sequence; stages that it lacks are
        passed over and named in `skipped`. The engines' own code differs in details that the order does not show:

        - llama.cpp keeps exactly k tokens where others tie with the k-th; adds probabilities from the top, so that top-p ends at >= p and
          typical at > p; splits tokens of equal typicality; compares logits with max + log(min_p); looks for repetitions
          in the last 64 tokens only; and takes the greedy choice (temperature 0) last, among those that typical has left.
        - vLLM has the rules of these classes, ties included; its GPU kernels may draw from top-k and top-p without forming the sets.
        """
        import torch

        if isinstance(logits, Distribution):
            filtered = self.apply(logits.logits, input_ids, order=order)
            return self._cut(filtered, logits, input_ids) if logits.is_partial else filtered
        with torch.inference_mode():
            scores, ids = as_batch(logits, input_ids)
            record = _Record(scores[0])
            for name, processor in self.processors(scores.device, order):
                scores = processor(ids, scores)
                record.add(name, scores[0], moves=name in _MOVING)
            if self.greedy:
                best = scores[0].argmax()
                scores = torch.full_like(scores, -math.inf)
                scores[0, best] = 0.0
                record.add("greedy", scores[0])
            probs = scores.softmax(dim=-1)[0]
            if not torch.isfinite(probs.sum()):
                # a temperature or a penalty has put them beyond float32
                check_logits(scores[0].cpu().numpy())
            skipped = tuple(name for name in ORDERS["transformers"] if name in self._on() - set(_stages_of(order)))
            return Filtered(
                probs.cpu().numpy(),
                record.kept(),
                tuple(record.stages),
                record.removed_by.cpu().numpy(),
                order,
                skipped,
            )

    def _cut(self, filtered: Filtered, distribution: Distribution, input_ids: Any) -> Filtered:
        """What of a chain over the logits of a partial distribution is known."""
        stages = [(stage.name, getattr(self, stage.name, 0.0)) for stage in filtered.stages]
        bounds = bounds_of(distribution, stages, penalised=as_ids(input_ids).numel() > 0)
        return filtered.known(distribution, bounds)

    def _on(self) -> set[str]:
        """The stages that change something; greedy needs the penalty alone."""
        names = ("repetition_penalty",) if self.greedy else _stage_names()
        return {name for name in names if getattr(self, name) != _NEUTRAL[name]}


_NEUTRAL = {field.name: field.default for field in fields(Sampler)}
_MOVING = ("repetition_penalty", "temperature")


@dataclass(frozen=True, eq=False)
class StageResult:
    """What one stage did: `left` tokens after it, `mass_removed` the probability before it of what it removed, `removed` their ids."""

    name: str
    left: int
    mass_removed: float
    removed: np.ndarray


@dataclass(frozen=True, eq=False)
class Filtered:
    """A distribution after the chain.

    `probs` (vocabulary,) float32; `kept` (n,) int64 the ids that can be drawn; `stages` what each stage did, in `order`; `removed_by`
    (vocabulary,) int8 the index into `stages` of the stage that removed a token, -1 where it is kept, -2 where its logit was
    -inf from the start; `skipped` the stages that are on and that the engine of `order` does not have.

    Of a partial distribution `bounds` tell what is certain, and where it is `exact` all of this is. Else the numbers are those
    that come out if what was not returned is spread evenly, or the nearest that is possible. A token that was not returned is
    named nowhere: `probs` has NaN for it (0 where all of them were removed), `removed_by` -3; `rest` is the probability of all of
    them, and a stage's `left` counts them.
    """

    probs: np.ndarray
    kept: np.ndarray
    stages: tuple[StageResult, ...]
    removed_by: np.ndarray
    order: Order = "transformers"
    skipped: tuple[str, ...] = ()
    bounds: Bounds | None = None
    rest: float = 0.0

    @property
    def exact(self) -> bool:
        """Whether what is known of the distribution decides what comes out of the chain."""
        return self.bounds is None or self.bounds.exact

    def known(self, distribution: Distribution, bounds: Bounds) -> Filtered:
        """Without what is not known of a partial distribution."""
        returned = distribution.returned
        assert returned is not None  # noqa: S101 (whoever asks has looked)
        probs = np.full_like(self.probs, np.nan if bounds.rest[1] > 0 else 0.0)
        probs[returned] = np.clip(self.probs[returned], bounds.low, bounds.high)
        removed_by = np.full_like(self.removed_by, NOT_RETURNED)
        removed_by[returned] = bounds.decided(self.removed_by[returned])
        stages = tuple(
            replace(
                stage,
                left=min(max(stage.left, found.left[0]), found.left[1]),
                mass_removed=min(max(stage.mass_removed, 1 - found.mass[1]), 1 - found.mass[0]),
                removed=np.flatnonzero(removed_by == place),
            )
            for place, (stage, found) in enumerate(zip(self.stages, bounds.stages, strict=True))
        )
        rest = float(np.clip(1 - probs[returned].sum(dtype=np.float64), *bounds.rest))
        return replace(
            self,
            probs=probs,
            kept=np.flatnonzero(removed_by == KEPT),
            stages=stages,
            removed_by=removed_by,
            bounds=bounds,
            rest=rest,
        )

    def __repr__(self) -> str:
        steps = listed(say(f"{stage.name} leaves {stage.left}") for stage in self.stages)
        skipped = "; " + say(f"leaving out {', '.join(self.skipped)}") if self.skipped else ""
        least, most = (len(self.kept), len(self.kept)) if self.bounds is None else self.bounds.kept
        kept = f"{least}" if least == most else f"{least} to {most}"
        told = say(f"{kept} of {len(self.probs)} tokens kept")
        return f"Filtered({told}{': ' if steps else ''}{steps}{skipped})"


class _Record:
    """What each stage did. Looks only at the tokens that are still there, so that a stage behind a cut costs nothing."""

    def __init__(self, scores: torch.Tensor) -> None:
        import torch

        self.stages: list[StageResult] = []
        present = scores > -math.inf
        self.removed_by = torch.full(scores.shape, MASKED, dtype=torch.int8, device=scores.device)
        self.removed_by[present] = KEPT
        self._ids = present.nonzero()[:, 0]
        self._scores = scores[self._ids]
        self._weights = self._weigh()

    def add(self, name: str, scores: torch.Tensor, *, moves: bool = False) -> None:
        """A stage's scores; `moves` where it changes those that it leaves."""
        self._scores = scores[self._ids]
        gone = self._scores == -math.inf
        removed, mass = self._ids[gone], 0.0
        if removed.numel():
            mass = float(self._weights[gone].sum() / self._weights.sum())
            self.removed_by[removed] = len(self.stages)
            stay = ~gone
            self._ids, self._scores, self._weights = self._ids[stay], self._scores[stay], self._weights[stay]
        if moves:
            self._weights = self._weigh()
        self.stages.append(StageResult(name, self._ids.numel(), mass, removed.cpu().numpy()))

    def kept(self) -> np.ndarray:
        return np.asarray(self._ids.cpu().numpy())

    def _weigh(self) -> torch.Tensor:
        return (self._scores - self._scores.max()).exp() if self._scores.numel() else self._scores


def as_batch(logits: Any, input_ids: Any = None) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits as (1, vocabulary) float32 and ids as (1, tokens) int64, on the logits' device. Raises BadLogits and InvalidValue."""
    import torch

    # an array is copied: torch warns of those that it may not write to
    scores = logits.detach() if isinstance(logits, torch.Tensor) else torch.from_numpy(np.array(logits, np.float32))
    scores = scores.to(torch.float32)
    scores = scores.reshape(1, -1) if scores.ndim == 1 else scores
    if scores.ndim != 2 or scores.shape[0] != 1 or scores.shape[1] == 0:
        raise _refuse("logits", tuple(scores.shape), "(vocabulary,) or (1, vocabulary)")
    if not torch.isfinite(scores.sum()):
        check_logits(scores[0].cpu().numpy())
    return scores, as_ids(input_ids, scores.device).reshape(1, -1)


def as_ids(input_ids: Any, device: Any = "cpu") -> torch.Tensor:
    """Ids as int64, in their own shape; none where there are none."""
    import torch

    return torch.as_tensor([] if input_ids is None else input_ids, dtype=torch.int64, device=device)


def draw(probs: torch.Tensor, n: int, generator: torch.Generator) -> torch.Tensor:
    """N independent draws, (vocabulary,) to (n,) int64, by torch.multinomial: the same as `generate`'s with the same generator state."""
    import torch

    return torch.multinomial(probs, n, replacement=n > 1, generator=generator)


def _stage_names() -> Sequence[str]:
    return ORDERS["transformers"]


def _stages_of(order: Order) -> tuple[str, ...]:
    stages = ORDERS.get(order) if isinstance(order, str) else None
    if stages is None:
        raise _refuse("order", order, ", ".join(get_args(Order)))
    return stages


def _inherited(model: Any, *, defaults: bool) -> dict[str, tuple[Any, Origin]]:
    """What differs from the neutral sampler."""
    found = inherited(model, _stage_names(), defaults=defaults)
    return {
        name: (value, origin)
        for name, (value, origin) in found.items()
        if _fits(name, value) and value != _NEUTRAL[name]
    }


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
    shown = f"{value!r:.60}"
    return InvalidValue(
        f"{name} cannot be {shown}.", hint=f"It takes {allowed}.", name=name, value=shown, allowed=allowed
    )

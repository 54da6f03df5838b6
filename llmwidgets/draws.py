"""The random draws of a session: a generator of its own, so that the user's stays as it is, and its place in the sequence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmwidgets.stages.choices import choice_of
from llmwidgets.stages.distribution import check_logits
from llmwidgets.stages.sampling import draw

if TYPE_CHECKING:
    import torch

    from llmwidgets.stages.choices import Choice
    from llmwidgets.stages.sampling import Sampler


class Draws:
    """Draws that go on one behind the other from the sampler's seed. Not thread-safe: the session's lock guards it."""

    def __init__(self) -> None:
        self._generator: torch.Generator | None = None
        self._fresh = True

    def restart(self) -> None:
        """The next draw begins at the seed."""
        self._fresh = True

    def place(self) -> torch.Tensor | None:
        """Where the draws stand; None at the seed."""
        return None if self._generator is None or self._fresh else self._generator.get_state()

    def go_to(self, place: torch.Tensor | None) -> None:
        """Back to a place."""
        self._fresh = place is None
        if place is not None and self._generator is not None:
            self._generator.set_state(place)

    def next(self, logits: torch.Tensor, prefix: list[int], sampler: Sampler) -> Choice:
        """One token behind `prefix`, from (vocabulary,) logits, as `generate` would draw it. Raises BadLogits for NaN."""
        import torch

        with torch.inference_mode():
            if not torch.isfinite(logits.sum()):
                check_logits(logits.cpu().numpy())
            scores = logits[None]
            # nothing but a penalty looks at the text, which may be long
            seen = prefix if sampler.repetition_penalty != 1 else []
            ids = torch.as_tensor([seen], dtype=torch.long, device=logits.device)
            for _, processor in sampler.processors(logits.device):
                scores = processor(ids, scores)
            if sampler.greedy:
                return choice_of(len(prefix), int(scores.argmax()), "greedy", logits, None)
            probs = scores.softmax(dim=-1)[0]
            token = int(draw(probs, 1, self._on(logits.device, sampler.seed)))
            return choice_of(len(prefix), token, "drawn", logits, probs)

    def _on(self, device: Any, seed: int | None) -> torch.Generator:
        if self._generator is None or self._generator.device != device:
            self._generator, self._fresh = seeded(seed, device), False
        if self._fresh:
            _seed(self._generator, seed)
            self._fresh = False
        return self._generator


def seeded(seed: int | None, device: Any = "cpu") -> torch.Generator:
    """A generator at its seed; None seeds it by chance."""
    import torch

    generator = torch.Generator(device)
    _seed(generator, seed)
    return generator


def _seed(generator: torch.Generator, seed: int | None) -> None:
    if seed is None:
        generator.seed()
    else:
        generator.manual_seed(seed)

"""An engine on a model that is only watched: held weakly, and never switched out of training mode."""

from __future__ import annotations

import weakref
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from llmwidgets.engines.local import LocalEngine, info_of
from llmwidgets.errors import LLMWidgetsError, ModelGone, ModelInTraining

if TYPE_CHECKING:
    from collections.abc import Iterator


class WatchedEngine(LocalEngine):
    """See Engine. Its own passes run where someone asks for what the user's calls have not shown."""

    def __init__(self, model: Any, name: str) -> None:
        super().__init__(model, name=name)
        self._held = weakref.ref(model)
        self._closed = False

    def renew(self) -> None:
        """Takes note of a model that was moved, cast or given another vocabulary."""
        model = self._held()
        if model is None:
            return
        weight = model.get_input_embeddings().weight
        found = (str(weight.device), str(weight.dtype).removeprefix("torch."), int(weight.shape[0]))
        if found != (self.info.device, self.info.dtype, self._rows):
            self.info = info_of(model, self.info.name, self.info.source)
            self._rows = found[2]
            self.forget()

    def beside(self) -> WatchedEngine:
        """See Engine."""
        return WatchedEngine(self._open(), self.info.name)

    def close(self) -> None:
        """See Engine."""
        self._closed = True
        super().close()

    def _gone(self) -> LLMWidgetsError:
        return super()._gone() if self._closed else model_gone(self.info.name)

    @contextmanager
    def _pass(self, model: Any) -> Iterator[None]:
        if model.training:
            msg = f"{self.info.name} is in training mode, and what only watches it does not switch it."
            raise ModelInTraining(
                msg, hint="Call the model yourself, which is shown, or model.eval().", name=self.info.name
            )
        with super()._pass(model):
            yield


def model_gone(name: str) -> ModelGone:
    """What is said once the model is deleted."""
    msg = f"{name} was deleted: nothing here keeps it."
    return ModelGone(msg, hint="Load it again, and watch it again.", name=name)

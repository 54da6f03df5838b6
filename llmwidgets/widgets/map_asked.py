"""What an EmbeddingMap is asked to show, as properties that can be set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmwidgets.widgets.map_state import Drawn


class AskedFor:
    """The settings of a map. Setting one shows it at once; raises InvalidValue, and changes nothing, for what cannot be shown."""

    _drawn: Drawn

    def _change(self, **changes: Any) -> None:
        raise NotImplementedError

    @property
    def words(self) -> tuple[str, ...]:
        """The words shown; set them to show others. A space in front counts: " king" is another word than "king"."""
        return self._drawn.shown.words

    @words.setter
    def words(self, words: Sequence[str]) -> None:
        self._change(words=words)

    @property
    def show(self) -> str:
        """What the points are: "words" with what they stand on, or the text's tokens in their "contexts"."""
        return self._drawn.shown.show

    @show.setter
    def show(self, show: str) -> None:
        self._change(show=show)

    @property
    def show_tokens(self) -> bool:
        """Whether the tokens of the session's text are shown among the words."""
        return self._drawn.shown.show_tokens

    @show_tokens.setter
    def show_tokens(self, shown: bool) -> None:
        self._change(show_tokens=shown)

    @property
    def vocabulary(self) -> bool:
        """Whether the words stand on the whole vocabulary (or on the vectors that were given)."""
        return self._drawn.shown.ground

    @vocabulary.setter
    def vocabulary(self, shown: bool) -> None:
        self._change(ground=shown)

    @property
    def method(self) -> str:
        """How the picture is made: "pca", "tsne" or "umap" (needs umap-learn)."""
        return self._drawn.shown.method

    @method.setter
    def method(self, method: str) -> None:
        self._change(method=method)

    @property
    def axes(self) -> int:
        """2 or 3 dimensions."""
        return self._drawn.shown.axes

    @axes.setter
    def axes(self, axes: int) -> None:
        self._change(axes=axes)

    @property
    def layer(self) -> str:
        """Where the words' vectors come from: "input" embeddings, the "last" hidden states; "given" by the user."""
        return self._drawn.shown.layer

    @layer.setter
    def layer(self, layer: str) -> None:
        self._change(layer=layer)

    @property
    def pooling(self) -> str:
        """How a word's tokens become one vector: "mean", "lesson" or "cls"."""
        return self._drawn.shown.pooling

    @pooling.setter
    def pooling(self, pooling: str) -> None:
        self._change(pooling=pooling)

    @property
    def leading_space(self) -> bool:
        """Whether each word is read as inside a sentence, behind a space: "king" as " king", which in most vocabularies is the token of the word."""
        return self._drawn.shown.leading_space

    @leading_space.setter
    def leading_space(self, led: bool) -> None:
        self._change(leading_space=led)

    @property
    def measure(self) -> str:
        """By what neighbours are near: "cosine" or "dot"."""
        return self._drawn.shown.measure

    @measure.setter
    def measure(self, measure: str) -> None:
        self._change(measure=measure)

    @property
    def color_by(self) -> str:
        """What the ground's colours say: "kind", "script", "cluster", "norm" or "values"."""
        return self._drawn.shown.color_by

    @color_by.setter
    def color_by(self, color_by: str) -> None:
        self._change(color_by=color_by)

    @property
    def expression(self) -> str:
        """The sum of words whose arrows are shown, such as "king - man + woman"; "" for none."""
        return self._drawn.shown.expression

    @expression.setter
    def expression(self, expression: str) -> None:
        self._change(expression=expression)

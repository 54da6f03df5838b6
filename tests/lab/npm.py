"""What pages of other hosts load from a network, as files of the same packages."""

from __future__ import annotations

import sys
from pathlib import Path

import anywidget

NPM = Path(sys.prefix) / "npm"
"""Where `make test` puts what comes from npm."""
REQUIRE = NPM / "requirejs" / "require.js"
HTML_MANAGER = NPM / "@jupyter-widgets" / "html-manager" / "dist" / "embed-amd.js"
ANYWIDGET = Path(anywidget.__file__).parent / "nbextension" / "index.js"

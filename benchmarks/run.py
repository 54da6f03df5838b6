"""`make bench`: every benchmark in turn, or those named as arguments (kernel, watching, strip, api, sampling, embedding, faces, page, tokens_page, map_page, lab, tokens_lab, serving). Prints what it measured; asserts no time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

NAMES = (
    "kernel",
    "watching",
    "strip",
    "api",
    "sampling",
    "embedding",
    "faces",
    "page",
    "tokens_page",
    "map_page",
    "lab",
    "tokens_lab",
    "serving",
)


def main() -> None:
    for name in sys.argv[1:] or NAMES:
        print(f"-- {name}", flush=True)
        # a process each: what one loaded shall not weigh on the next
        subprocess.run([sys.executable, str(Path(__file__).with_name(f"{name}.py"))], check=True)


if __name__ == "__main__":
    main()

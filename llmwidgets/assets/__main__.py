"""`python -m llmwidgets.assets`: brings what is missing, and tells what it does."""

import argparse
import sys
import time

from llmwidgets.assets.models import default_model
from llmwidgets.assets.vocabularies import ALIASES, vocabulary
from llmwidgets.errors import LLMWidgetsError


class _Lines:
    """Progress as lines of text: a sentence when it is new, then every tenth of the bytes."""

    def __init__(self) -> None:
        self.sentence = ""
        self.tenth = 0

    def __call__(self, sentence: str, done: int, total: int) -> None:
        if sentence != self.sentence:
            self.sentence, self.tenth = sentence, 0
            print(sentence, f"({total / 1e6:.0f} MB)" if total else "", flush=True)  # noqa: T201  # the command's output
        elif total and 10 * done // total > self.tenth:
            self.tenth = 10 * done // total
            print(f"  {done / 1e6:.0f} of {total / 1e6:.0f} MB", flush=True)  # noqa: T201  # the command's output


def main(arguments: list[str] | None = None) -> int:
    """Bring the default model and both vocabularies. Returns 0, or 1 after an error in words."""
    parser = argparse.ArgumentParser(prog="python -m llmwidgets.assets", description="Bring models and vocabularies.")
    parser.add_argument("--verify", action="store_true", help="hash every file again")
    options = parser.parse_args(arguments)
    begun = time.perf_counter()
    lines = _Lines()
    try:
        model = default_model(lines, verify=options.verify)
        print(f"{model.name}: {model.path} ({model.bytes / 1e6:.0f} MB, {model.weights})")  # noqa: T201
        for name, encoding in ALIASES.items():
            print(f"{name} ({encoding}): {vocabulary(name, lines)}")  # noqa: T201
    except LLMWidgetsError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    print(f"all there after {time.perf_counter() - begun:.1f} s")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())

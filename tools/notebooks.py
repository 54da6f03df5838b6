"""Writes notebooks/en and notebooks/ja from notebooks/source: one file a notebook, with both languages in it.

    python tools/notebooks.py             write what has changed
    python tools/notebooks.py --check     write nothing; name what is out of step, and fail

A source is Python in the percent format. Each cell has a name, which is its id in the notebook:

    # %% title [markdown]
    # [en]
    # # Tokens
    # [ja]
    # # トークン

    # %% load
    session = ModelSession()
    session.text = "Hello"  # [en]
    session.text = "こんにちは"  # [ja]

    # %% by-hand tags="local"
    model = session.model

What stands behind no language belongs to both. The cells `setup` and `exercises` are filled in here, and so are the links to the
other language and to the next notebook.
"""

from __future__ import annotations

import ast
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

import llmwidgets

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FOLDER = Path(__file__).resolve().parent.parent / "notebooks"
SOURCE = FOLDER / "source"
LANGUAGES = {"en": "English", "ja": "日本語"}
KERNEL = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}

HEADER = re.compile(r'# %% (?P<name>[\w-]+)(?P<markdown> \[markdown\])?(?: tags="(?P<tags>[\w, -]+)")?')
BETWEEN_WIDE = re.compile(
    r"(?<=[\u3000-\u30ff\u4e00-\u9fff\uff00-\uffef])\n(?=\*\*|[\w“「（\u3000-\u30ff\u4e00-\u9fff])(?!\d+\.)"
)
ONLY_IN = re.compile(r"^(?P<line>.*?)\s*# \[(?P<language>en|ja)\]$")

SETUP = """import sys

if "google.colab" in sys.modules:
    # {where}
    %pip install -q llmwidgets-{version}-py3-none-any.whl

from llmwidgets import set_language

set_language("{language}")"""
WHERE = {
    "en": "Not tried in Colab yet. Upload the wheel to its files first",
    "ja": "Colab での動作は未確認です。先に wheel ファイルをアップロードします",
}
EXERCISES = {
    "en": "## Exercises\n\nWrite into the first cell of each, run it, then run the check below it. A check that does not pass gives a hint; "
    "run it again for the next one.",
    "ja": "## 演習\n\nそれぞれ上のセルに答えを書いて実行し、続けてその下の確認セルを実行します。まだ正しくないときはヒントが出ます。"
    "もう一度実行すると、次のヒントが出ます。",
}
NEXT = {"en": "Next: [{title}]({name}.ipynb)", "ja": "次へ：[{title}]({name}.ipynb)"}


class SourceError(ValueError):
    """A source that is no notebook: which file, which line."""


@dataclass(frozen=True)
class Cell:
    """A cell of a source: its lines in both languages."""

    name: str
    markdown: bool
    tags: tuple[str, ...]
    lines: tuple[str, ...]

    def text(self, language: str) -> str:
        """The cell's source in one language."""
        told = _markdown(self.lines, language) if self.markdown else _code(self.lines, language)
        text = "\n".join(told).strip("\n")
        return _joined(text) if self.markdown else text


def read(path: Path) -> tuple[Cell, ...]:
    """The cells of a source. Raises SourceError."""
    found: list[tuple[re.Match[str], list[str]]] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("# %%"):
            header = HEADER.fullmatch(line)
            if header is None:
                raise SourceError(f"{path.name}, line {number}: {line!r} is no header of a cell")
            found.append((header, []))
        elif found:
            found[-1][1].append(line)
        elif line and not line.startswith("#"):
            raise SourceError(f"{path.name}, line {number}: this stands before the first cell")
    names = [header["name"] for header, _ in found]
    if twice := {name for name in names if names.count(name) > 1}:
        raise SourceError(f"{path.name}: more than one cell is named {', '.join(sorted(twice))}")
    return tuple(
        Cell(
            header["name"],
            header["markdown"] is not None,
            tuple(tag.strip() for tag in (header["tags"] or "").split(",") if tag.strip()),
            tuple(lines),
        )
        for header, lines in found
    )


def _markdown(lines: Sequence[str], language: str) -> Iterator[str]:
    spoken = ""
    for line in lines:
        told = line.removeprefix("#").removeprefix(" ")
        if told in [f"[{known}]" for known in LANGUAGES]:
            spoken = told.strip("[]")
        elif spoken in {"", language}:
            yield told


def _joined(text: str) -> str:
    """Lines of Japanese on one line each paragraph, since a line's end would be shown as a space; code blocks as they are."""
    parts = text.split("```")
    parts[::2] = [BETWEEN_WIDE.sub("", part) for part in parts[::2]]
    return "```".join(parts)


def _code(lines: Sequence[str], language: str) -> Iterator[str]:
    for line in lines:
        only = ONLY_IN.match(line)
        if only is None:
            yield line
        elif only["language"] == language:
            yield only["line"]


def sources() -> tuple[Path, ...]:
    """The sources in the order of the lesson."""
    return tuple(sorted(SOURCE.glob("[0-9]*.py")))


def title(path: Path, language: str) -> str:
    """A notebook's own title."""
    heading = read(path)[0].text(language).partition("\n")[0]
    return heading.removeprefix("# ")


def built(path: Path, language: str) -> str:
    """The notebook of a source in one language, as it stands in its file."""
    cells = [made for cell in read(path) for made in _cells(cell, path.stem, language)]
    cells[0]["source"] += "\n\n" + _other_language(path.stem, language)
    following = [other for other in sources() if other.name > path.name]
    if following:
        told = NEXT[language].format(title=title(following[0], language), name=following[0].stem)
        cells.append(new_markdown_cell(told, id="next-notebook"))
    notebook = new_notebook(cells=cells, metadata=KERNEL)
    return str(nbformat.writes(notebook)) + "\n"


def _cells(cell: Cell, notebook: str, language: str) -> Iterator[Any]:
    if cell.name == "setup":
        source = SETUP.format(where=WHERE[language], version=llmwidgets.__version__, language=language)
        yield new_code_cell(source, id="setup", metadata={"tags": ["setup"]})
    elif cell.name == "exercises":
        yield from _exercises(notebook, language)
    else:
        source, metadata = cell.text(language), {"tags": list(cell.tags)} if cell.tags else {}
        if not cell.markdown:
            _check(source, f"{notebook}, cell {cell.name}, {language}")
        make = new_markdown_cell if cell.markdown else new_code_cell
        yield make(source, id=cell.name, metadata=metadata)


def _check(code: str, where: str) -> None:
    """A mark of a language that the formatter has moved to another line leaves half a statement behind."""
    try:
        ast.parse(code)
    except SyntaxError as error:
        raise SourceError(f"{where}: {error}") from error


def _exercises(notebook: str, language: str) -> Iterator[Any]:
    from llmwidgets import exercises

    def tagged(role: str) -> dict[str, list[str]]:
        return {"tags": ["exercise", f"exercise-{role}"]}

    known = exercises.of(notebook)
    if not known:
        return
    yield new_markdown_cell(EXERCISES[language], id="exercises", metadata=tagged("title"))
    yield new_code_cell("from llmwidgets import exercises", id="exercises-import", metadata=tagged("import"))
    for exercise in known:
        name = f"exercise-{exercise.name}"
        task = f"### {exercise.title[language]}\n\n{exercise.task[language]}"
        yield new_markdown_cell(task, id=f"{name}-task", metadata=tagged("task"))
        yield new_code_cell(exercise.starter[language].strip("\n"), id=name, metadata=tagged("answer"))
        yield new_code_cell(exercise.check_cell, id=f"{name}-check", metadata=tagged("check"))


def _other_language(name: str, language: str) -> str:
    links = [f"[{called}](../{known}/{name}.ipynb)" for known, called in LANGUAGES.items() if known != language]
    return " · ".join(links)


def wanted() -> dict[Path, str]:
    """Every notebook's file, and what belongs in it."""
    return {
        FOLDER / language / f"{path.stem}.ipynb": built(path, language) for path in sources() for language in LANGUAGES
    }


def stale(notebooks: dict[Path, str]) -> tuple[Path, ...]:
    """The files that are out of step with the sources: other, missing, or without a source."""
    there = {path for language in LANGUAGES for path in (FOLDER / language).glob("*.ipynb")}
    changed = {
        path for path, text in notebooks.items() if path not in there or path.read_text(encoding="utf-8") != text
    }
    return tuple(sorted(changed | (there - notebooks.keys())))


def main(arguments: Sequence[str]) -> int:
    """Writes the notebooks, or says which are out of step. Returns the exit status."""
    notebooks = wanted()
    found = stale(notebooks)
    for path in found:
        print(path.relative_to(FOLDER.parent))
    if "--check" in arguments:
        return bool(found)
    for path in found:
        if path in notebooks:
            path.parent.mkdir(exist_ok=True)
            path.write_text(notebooks[path], encoding="utf-8")
        else:
            path.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

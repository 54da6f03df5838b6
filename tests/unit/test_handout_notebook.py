"""A notebook as a page: clean, whole, and with its views where they stand."""

from __future__ import annotations

import json
import re

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from llmwidgets.cli import main
from llmwidgets.errors import NotebookFailed
from llmwidgets.handout.clean import cleaned
from llmwidgets.handout.file import export_notebook
from llmwidgets.handout.notebook import converted
from llmwidgets.handout.running import needs_running
from llmwidgets.handout.saved import WIDGETS
from llmwidgets.widgets.composed import VIEW

CODE = "export default { render({ model, el }) { el.textContent = model.get('k') } }"


def notebook(*cells, states=None):
    made = new_notebook(cells=list(cells))
    if states is not None:
        made.metadata["widgets"] = {WIDGETS: {"version_major": 2, "version_minor": 0, "state": states}}
    return made


def shown(**data):
    return new_code_cell("view", outputs=[new_output("display_data", data)])


def view(name, picture="<p>the picture</p>"):
    return shown(**{VIEW: {"model_id": name}, "text/html": picture, "text/plain": "View()"})


def state(code=CODE, **values):
    return {"model_module": "anywidget", "model_name": "AnyModel", "state": {"_esm": code, **values}}


def body_of(html):
    return re.search(r"<main[^>]*>(.*)</main>", html, re.DOTALL)[1]


@pytest.fixture
def convert(tmp_path):
    return lambda *cells, states=None, **options: converted(
        notebook(*cells, states=states), tmp_path / "lesson.ipynb", **options
    )


# what a page may hold


@pytest.mark.parametrize(
    "evil",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<a href='javascript:alert(1)'>x</a>",
        "<a href='data:text/html,%3Cscript%3Ealert(1)%3C/script%3E'>x</a>",
        "<a href='da&#9;ta:text/html,alert(1)'>x</a>",
        "<iframe src='https://example.org'></iframe>",
        "<svg onload=alert(1)><script>alert(1)</script></svg>",
        "<style>@import 'https://example.org/x.css'</style>",
        "<p style='background:url(https://example.org/x.png)'>x</p>",
        "<form action='https://example.org'><button>x</button></form>",
    ],
)
def test_what_could_run_or_be_fetched_is_gone(evil, convert):
    for html in (
        cleaned(evil),
        body_of(convert(new_markdown_cell(evil)).html),
        body_of(convert(shown(**{"text/html": evil})).html),
    ):
        assert not re.search(r"alert\(1\)|onerror|onload|javascript:|<(script|iframe|style|form|svg)", html), html
        assert "example.org" not in html


@pytest.mark.parametrize(
    "formula",
    [
        r"\text{<img/src=x/onerror=alert(1)>}",
        r"\text{&lt;img/src=x/onerror=alert(1)&gt;}",
        r"\text{</mtext><script>alert(1)</script>}",
        r"\href{javascript:alert(1)}{x}",
        r"\style{background:url(//example.org)}{x}",
        r"\class{llmw-x}{x}",
    ],
)
def test_a_formula_holds_no_element_and_no_address_of_its_own(formula, convert):
    """What stood in a formula's text was written into the page as HTML."""
    html = body_of(convert(new_markdown_cell(f"${formula}$")).html)
    found = BeautifulSoup(html, "html.parser")
    assert len(found.select("math")) == 1
    assert {element.name for element in found.select("math *")} <= {"mrow", "mtext", "mi", "mo", "mn", "mspace"}
    assert not found.select("[href], [style], [src], [onerror], math [class]")


def test_nothing_in_a_notebook_takes_the_place_of_the_pages_own_parts(convert):
    """The page's script finds what it runs by ids, and the first of two elements with one id is found."""
    html = body_of(convert(shown(**{"text/html": '<pre id="llmw-module-0">x</pre><p id="mine">y</p>'})).html)
    assert "llmw-module" not in html
    assert '<p id="mine">y</p>' in html


def test_tables_styles_and_pictures_stay():
    table = '<table class="dataframe"><thead><tr><th>a</th></tr></thead><tbody><tr><td style="color: red;">1</td></tr></tbody></table>'
    assert cleaned(table) == table
    picture = '<img alt="x" src="data:image/png;base64,AA=="/>'
    assert "data:image/png;base64,AA==" in cleaned(picture)


def test_a_picture_from_elsewhere_becomes_a_link_and_one_beside_the_notebook_comes_along(convert, tmp_path):
    (tmp_path / "near.png").write_bytes(b"\x89PNG")
    html = body_of(
        convert(new_markdown_cell("![far](https://example.org/far.png) ![near](near.png) ![no](no.png)")).html
    )
    assert '<a href="https://example.org/far.png">far</a>' in html
    assert 'src="data:image/png;base64,iVBORw==' in html
    assert "no.png" not in html


def test_html_that_spans_other_markdown_stays_whole(convert):
    html = body_of(
        convert(new_markdown_cell("a <b>bold</b>\n\n<details><summary>More</summary>\n\n*told*\n\n</details>")).html
    )
    assert "<b>bold</b>" in html
    assert re.search(r"<details><summary>More</summary>\s*<p><em>told</em></p>\s*</details>", html)


def test_formulas_are_drawn_by_the_browser_itself(convert):
    html = body_of(convert(new_markdown_cell(r"With $T < 1$: $$\frac{a}{b}$$ and $\frac{$ and `$x$`")).html)
    assert html.count("<math") == 2
    assert "<mfrac>" in html
    assert "\\frac{</code>" in html
    assert "<code>$x$</code>" in html


def test_what_a_cell_printed_and_why_it_failed_is_there(convert):
    cell = new_code_cell(
        "print('<b>')",
        outputs=[
            new_output("stream", text="<b>\n"),
            new_output("error", ename="E", evalue="x", traceback=["\x1b[31mE\x1b[0m: <i>"]),
        ],
    )
    html = body_of(convert(cell).html)
    assert "&lt;b&gt;" in html
    assert "&lt;i&gt;" in html
    assert 'class="ansi-red-fg"' in html
    assert "handout-code" in html
    assert "handout-code" not in body_of(convert(cell, code=False).html)


def test_tags_leave_out_what_a_class_need_not_see(convert):
    cells = [
        new_code_cell("secret", metadata={"tags": [tag]}, outputs=[new_output("stream", text="said")])
        for tag in ("remove-cell", "remove-input", "remove-output")
    ]
    found = [("secret" in html, "said" in html) for html in (body_of(convert(cell).html) for cell in cells)]
    assert found == [(False, False), (False, True), (True, False)]


# views


def test_a_view_lives_where_it_stands(convert):
    made = convert(new_markdown_cell("before"), view("a"), new_markdown_cell("after"), states={"a": state(k=1)})
    assert (made.live, made.pictures) == (1, 0)
    assert re.search(r'before.*data-llmw-model="a".*the picture.*after', body_of(made.html), re.DOTALL)
    assert json.loads(re.search(r'id="llmw-saved">([^<]*)<', made.html)[1])["models"]["a"]["state"] == {"k": 1}


def test_a_view_without_state_is_its_picture(convert):
    made = convert(view("a", "<p>x</p><script>alert(1)</script>"), states={})
    assert (made.live, made.pictures) == (0, 1)
    assert "<p>x</p>" in body_of(made.html)
    assert "data-llmw-model" not in body_of(made.html)
    assert "alert(1)" not in made.html


def test_another_widget_is_its_text(convert):
    bar = {"model_module": "@jupyter-widgets/controls", "model_name": "FloatProgressModel", "state": {}}
    made = convert(shown(**{VIEW: {"model_id": "bar"}, "text/plain": "50%"}), states={"bar": bar})
    assert (made.live, made.pictures) == (0, 0)
    assert "50%" in body_of(made.html)


# running


def test_a_notebook_is_run_where_it_holds_nothing_to_show():
    ran = new_code_cell("1", outputs=[new_output("stream", text="1")])
    assert needs_running(notebook(new_code_cell("1")))
    assert needs_running(notebook(ran, view("a")))
    assert not needs_running(notebook(ran))
    assert not needs_running(notebook(view("a"), states={"a": state()}))
    assert not needs_running(notebook(new_markdown_cell("only words")))


def test_what_was_run_has_the_newest_numbers(tmp_path, capfd):
    cells = [
        "from llmwidgets import ModelSession, NextTokenBar, show",
        "session = ModelSession(text='The capital of France is')",
        "show(session)",
        "session.text = 'The king and the'  # nobody waits for its numbers",
    ]
    path = tmp_path / "lesson.ipynb"
    nbformat.write(notebook(*map(new_code_cell, cells)), path)
    assert main(["export", str(path), "-o", str(tmp_path / "page.html"), "--language", "ja"]) == 0
    told = capfd.readouterr().err
    assert "running lesson.ipynb" in told
    assert "1 live views" in told
    html = (tmp_path / "page.html").read_text("utf-8")
    models = json.loads(re.search(r'id="llmw-saved">([^<]*)<', html)[1])["models"]
    (store,) = [
        each["state"] for each in models.values() if each["kind"] == "widget" and "distribution" in each["state"]
    ]
    assert store["content"]["text"] == "The king and the"
    assert store["distribution"]["revision"] == store["content"]["revision"]
    assert [each["direction"] for each in models.values() if each["kind"] == "box"][:1] == ["column"]
    assert "_settle" not in html
    assert '<html lang="ja">' in html


def test_a_cell_that_fails_is_said(tmp_path, capfd):
    path = tmp_path / "lesson.ipynb"
    nbformat.write(notebook(new_code_cell("1/0")), path)
    assert main(["export", str(path)]) == 1
    assert "A cell of lesson.ipynb failed (ZeroDivisionError: division by zero). Run it" in capfd.readouterr().err
    assert [each.name for each in tmp_path.iterdir()] == ["lesson.ipynb"]


def test_what_is_no_notebook_is_said(tmp_path):
    (tmp_path / "a.ipynb").write_text("{")
    for name in ("a.ipynb", "missing.ipynb"):
        with pytest.raises(NotebookFailed, match="cannot be read"):
            export_notebook(tmp_path / name, None, execute=False)

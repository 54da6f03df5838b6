"""How long a page edit waits in a real JupyterLab beyond the model's own time, beside the echo of a trivial anywidget; with and without TCP_NODELAY."""

from __future__ import annotations

import json
import statistics

from notebook import opened

ROUNDS = 40
ECHO = '''
import anywidget, traitlets
class Echo(anywidget.AnyWidget):
    _esm = """
    export default { render({ model, el }) {
      el.textContent = "echo";
      window.echo = () => new Promise((resolve) => {
        const started = performance.now();
        const done = () => { model.off("change:back", done); resolve(performance.now() - started); };
        model.on("change:back", done);
        model.send({ number: Math.random() });
      });
    } }"""
    back = traitlets.Float().tag(sync=True)
    def __init__(self):
        super().__init__()
        self.on_msg(lambda _, content, __: setattr(self, "back", content["number"]))
Echo()
'''
VIEWS = """
from IPython.display import display
from llmwidgets import *
session = ModelSession(text="Once upon a time there was")
display(TokenView(session), NextTokenBar(session))
_ = session.distribution
"""
BURST = (
    "async (rounds) => { const all = []; for (let i = 0; i < rounds; i++) all.push(await window.echo()); return all; }"
)
EDIT = """(text) => new Promise((resolve) => {
  const area = document.querySelector('.llmw-token-view textarea');
  const view = document.querySelector('.llmw-next-token-bar');
  const setter = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, 'value').set;
  let stale = false;
  const check = () => {
    const now = view.querySelector('.llmw-body')?.dataset.stale;
    if (now === 'true') stale = true;
    if (stale && now === 'false') { observer.disconnect(); resolve(performance.now() - started); }
  };
  const observer = new MutationObserver(check);
  observer.observe(view, { subtree: true, attributes: true, childList: true });
  setter.call(area, text);
  const started = performance.now();
  area.dispatchEvent(new InputEvent('input', { bubbles: true }));
})"""


def measure(*arguments: str) -> dict[str, float]:
    """Milliseconds: medians of `echo` at a hand's pace and of `burst`, echoes without a pause; means of `edit`, from the key to the fresh bars, and of `model`, the forward's own time in it."""
    with opened([ECHO, VIEWS], *arguments) as (notebook, page):
        page.locator(".llmw-next-token-bar .llmw-row").first.wait_for()
        echoes, edits = [], []
        text = "Once upon a time there was"
        notebook.run_code("before = session.stats")
        for index in range(ROUNDS):
            text += f" {('a', 'king', 'who', 'had', 'one', 'big', 'red', 'cat')[index % 8]}"
            # a hand's pace: bursts are not what is asked here
            page.wait_for_timeout(120)
            echoes.append(page.evaluate("window.echo()"))
            page.wait_for_timeout(120)
            edits.append(page.evaluate(EDIT, text))
        bursts = page.evaluate(BURST, ROUNDS)
        notebook.run_code(
            "import json\nprint('stats', json.dumps([session.stats.seconds - before.seconds, session.stats.forwards - before.forwards]))"
        )
        seconds, forwards = json.loads(notebook.printed("stats"))
    assert forwards == ROUNDS, forwards
    return {
        "echo": statistics.median(echoes),
        "burst": statistics.median(bursts),
        "edit": statistics.mean(edits),
        "model": 1000 * seconds / forwards,
    }


def main() -> None:
    for name, arguments in (
        ("with TCP_NODELAY", ()),
        ("without", ("--ServerApp.jpserver_extensions={'llmwidgets': False}",)),
    ):
        found = measure(*arguments)
        wait = found["edit"] - found["model"]
        print(
            f"JupyterLab {name}: echo {found['echo']:.1f} ms, {found['burst']:.1f} in bursts; a page edit {found['edit']:.1f} ms, of which the model {found['model']:.1f}; "
            f"the wait beyond it {wait:.1f} ms, {wait / found['echo']:.2f} x the echo (at most 1.5)"
        )


if __name__ == "__main__":
    main()

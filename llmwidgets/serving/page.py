"""The page that shows who waits: text as text only, and no script."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmwidgets.serving.students import Line

SECONDS = 2
"""After which the page is fetched anew."""

WORDS = {
    "en": {
        "waiting": "waiting",
        "students": "students",
        "one": "student",
        "student": "Student",
        "state": "Now",
        "waits": "waits for {seconds}",
        "several": "{count} requests, the oldest for {seconds}",
        "idle": "last seen {seconds} ago",
        "answered": "Answered",
        "computed": "Tokens computed",
        "nobody": "Nobody has asked yet. A notebook connects with",
        "s": "{value} s",
        "min": "{value} min",
        "h": "{value} h",
    },
    "ja": {
        "waiting": "待ち",
        "students": "人",
        "one": "人",
        "student": "受講者",
        "state": "いま",
        "waits": "{seconds}待ち",
        "several": "{count} 件 最長 {seconds}待ち",
        "idle": "{seconds}前にアクセス",
        "answered": "回答済み",
        "computed": "計算したトークン",
        "nobody": "まだ誰も使っていません。ノートブックからは次のように接続します。",
        "s": "{value} 秒",
        "min": "{value} 分",
        "h": "{value} 時間",
    },
}

STYLE = """
:root{color-scheme:light dark;--ink:#1f2328;--soft:#59636e;--line:#d1d9e0;--ground:#fff;--busy:#0072b2}
@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9198a1;--line:#3d444d;--ground:#0d1117;--busy:#56b4e9}}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:52rem;margin:0 auto;padding:2rem 1rem}
h1{margin:0;font-size:1.25rem;font-weight:600;overflow-wrap:anywhere}
.sum{margin:.25rem 0 1.5rem;color:var(--soft)}.sum b{color:var(--ink);font-variant-numeric:tabular-nums}
table{width:100%;border-collapse:collapse}
th{font-weight:500;font-size:.875rem;color:var(--soft);text-align:left}
th,td{padding:.5rem .75rem .5rem 0;border-bottom:1px solid var(--line);vertical-align:top}
td:first-child{overflow-wrap:anywhere}
.n{text-align:right;padding-right:0;padding-left:.75rem;font-variant-numeric:tabular-nums;white-space:nowrap}
.busy,.idle{word-break:keep-all;overflow-wrap:anywhere}
.busy{color:var(--busy);font-weight:600}.idle{color:var(--soft)}
code{font:.875rem ui-monospace,monospace;overflow-wrap:anywhere}
@media(max-width:30rem){.wide{display:none}}
""".strip()


def page(model: str, lines: Sequence[Line], languages: str) -> str:
    """The whole page, in the first of a browser's languages that it knows."""
    language = _language(languages)
    words = WORDS[language]
    waiting = sum(line.waiting for line in lines)
    body = _table(lines, words) if lines else _nobody(words)
    students = words["one" if len(lines) == 1 else "students"]
    numbers = (
        f"<b>{waiting:,}</b> {words['waiting']} · <b>{len(lines):,}</b> {students}"
        if language == "en"
        else f"{words['waiting']} <b>{waiting:,}</b> 件 · <b>{len(lines):,}</b> {students}"
    )
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{escape(model)} · llmwidgets</title>'
        f'<meta name="viewport" content="width=device-width"><meta http-equiv="refresh" content="{SECONDS}">'
        f"<style>{STYLE}</style></head><body><main><h1>{escape(model)}</h1>"
        f'<p class="sum">{numbers}</p>{body}</main></body></html>'
    )


def _table(lines: Sequence[Line], words: dict[str, str]) -> str:
    head = (
        f'<th scope="col">{words["student"]}</th><th scope="col">{words["state"]}</th>'
        f'<th scope="col" class="n">{words["answered"]}</th><th scope="col" class="n wide">{words["computed"]}</th>'
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(_row(line, words) for line in lines)}</tbody></table>"


def _row(line: Line, words: dict[str, str]) -> str:
    if line.waiting:
        key = "several" if line.waiting > 1 else "waits"
        now = words[key].format(count=line.waiting, seconds=_time(line.waits, words))
    else:
        now = words["idle"].format(seconds=_time(line.idle, words))
    return (
        f'<tr><td>{escape(line.label)}</td><td class="{"busy" if line.waiting else "idle"}">{escape(now)}</td>'
        f'<td class="n">{line.answered:,}</td><td class="n wide">{line.computed:,}</td></tr>'
    )


def _nobody(words: dict[str, str]) -> str:
    return f"<p>{words['nobody']}</p><p><code>session = ModelSession.connect(&quot;http://…&quot;, api_key=&quot;…&quot;, student=&quot;…&quot;)</code></p>"


def _time(seconds: float, words: dict[str, str]) -> str:
    if seconds < 10:
        return words["s"].format(value=f"{seconds:.1f}")
    if seconds < 120:
        return words["s"].format(value=f"{seconds:.0f}")
    if seconds < 7200:
        return words["min"].format(value=f"{seconds / 60:.0f}")
    return words["h"].format(value=f"{seconds / 3600:.0f}")


def _language(accepted: str) -> str:
    for part in accepted.split(","):
        found = part.split(";")[0].strip().lower()[:2]
        if found in WORDS:
            return found
    return "en"

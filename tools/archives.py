"""Packages of npm that a test serves to a browser as they are, without all that they depend on: into FOLDER/<name>.

python tools/archives.py FOLDER
"""

from __future__ import annotations

import base64
import hashlib
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from frontend import npm_command

ARCHIVES = {
    "@jupyter-widgets/html-manager@1.0.15": "sha512-5thBIV6ymNgmPVOHvzx+gGy8ZSKmSazhtGw4/c4xJDVzRhG9PTeQsRjF3FUTopvFi//SABeNz1yp47bCrJ3CQA==",
    "requirejs@2.3.7": "sha512-DouTG8T1WanGok6Qjg2SXuCMzszOo0eHeH9hDZ5Y4x8Je+9JB38HdTLT4/VA8OaUhBa0JPVHJ0pyBkM1z+pDsw==",
}
"""What npm calls each, with the SHA-512 of its archive."""


def fetch(package: str, integrity: str, folder: Path) -> None:
    """Puts a package's files under its name. Raises SystemExit where the archive is another than expected."""
    command, environment = npm_command()
    with tempfile.TemporaryDirectory() as place:
        subprocess.run(
            [*command, "pack", "--silent", package], cwd=place, env=environment, check=True, stdout=subprocess.DEVNULL
        )
        (archive,) = Path(place).glob("*.tgz")
        found = "sha512-" + base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
        if found != integrity:
            raise SystemExit(f"{package} is {found}, not {integrity}: it was changed on its way.")
        name = package.rpartition("@")[0]
        with tarfile.open(archive) as content:
            for member in content.getmembers():
                if member.isfile():
                    path = folder / name / Path(member.name).relative_to("package")
                    if folder.resolve() not in path.resolve().parents:
                        raise SystemExit(f"{package} has a file outside of itself: {member.name}")
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(content.extractfile(member).read())  # type: ignore[union-attr]  # a file


if __name__ == "__main__":
    for package, integrity in ARCHIVES.items():
        fetch(package, integrity, Path(sys.argv[1]))

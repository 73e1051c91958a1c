"""The fixed cast, the real servers, and where the shared real data lies."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_django
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import translation
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from annotator import embedded
from labelling.people.models import EVERY_CAMPAIGN, Role, User
from labelling.people.services import member_add
from tests.processes import Processes, wait_until

# Where the tests themselves were started in the background, or by nohup, what they start would ignore these as well.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)

# A slow moment of a shared machine is no fault of the code.
hypothesis_settings.register_profile("calm", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("calm")

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("STEPMARK_SHARED", ROOT.parent / "shared")) / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real problems, samples and scores; not part of the repository."""
    if not SHARED.is_dir():
        pytest.skip(f"needs the shared data folder, which is not here ({SHARED}; STEPMARK_SHARED names another)")
    return SHARED


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """A request leaves its language behind in the thread: the next test must not speak it."""
    yield
    translation.deactivate()


@pytest.fixture(scope="session")
def servers() -> Iterator[None]:
    """PostgreSQL and Redis, up; stopped at the end if nobody else uses them."""
    embedded.ensure_unless_given()
    yield
    embedded.release_and_stop(settings.VAR)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(servers: None) -> None:
    """pytest-django asks for this before it makes the test database."""


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker) -> Iterator[None]:
    """pytest-django's own; at the end no process or thread of a test may still hold a session."""
    yield
    with django_db_blocker.unblock():
        wait_until(lambda: sessions_left() == [], seconds=10, what=f"the end of all sessions ({sessions_left()})")


def sessions_left() -> list[tuple[int, str]]:
    """(pid, last query) of everybody else in the test database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid, left(query, 200) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        return list(cursor.fetchall())


@pytest.fixture
def processes(transactional_db: None) -> Iterator[Processes]:
    """Starts the web server and Celery workers as processes of their own, on the test's database; stops them all."""
    with Processes() as running:
        yield running


@pytest.fixture
def storage(settings: Any, tmp_path: Path) -> Path:
    """Where snapshots lie: a folder of the test's own."""
    folder = tmp_path / "stored"
    backend = "exports.snapshots.storage.FolderStorage"
    settings.STORAGES = {**settings.STORAGES, "snapshots": {"BACKEND": backend, "OPTIONS": {"location": folder}}}
    return folder


def person(username: str, role: Role | None = None, campaign: str = EVERY_CAMPAIGN) -> User:
    """Without a password, as hashing one takes its time: ``client.force_login`` signs them in."""
    user: User = User.objects.create_user(username=username)
    if role is not None:
        member_add(user=user, role=role, campaign=campaign)
    return user


@pytest.fixture
def rater(db: None) -> User:
    return person("rita", Role.RATER)


@pytest.fixture
def lead(db: None) -> User:
    return person("lena", Role.LEAD)


@pytest.fixture
def operator(db: None) -> User:
    return person("otto", Role.OPERATOR)


@pytest.fixture
def stranger(db: None) -> User:
    """Signed in, but with no role at all."""
    return person("sam")


@pytest.fixture
def signed_in_rater(client: Client, rater: User) -> Client:
    client.force_login(rater)
    return client

"""What a worker writes: the settings' level, not Celery's own, which would hide what the docs promise."""

import logging
from collections.abc import Iterator

import pytest

from annotator.celery import app


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    root = logging.getLogger()
    before = root.level
    root.setLevel(logging.INFO)
    yield root
    root.setLevel(before)


@pytest.mark.parametrize(("asked", "level"), [("WARNING", logging.INFO), ("DEBUG", logging.DEBUG)])
def test_a_worker_tells_of_its_work_unless_more_is_asked_for(root: logging.Logger, asked: str, level: int) -> None:
    type(app.log).already_setup = False  # once a process
    app.log.setup_logging_subsystem(loglevel=asked)
    assert root.level == level

"""The Celery app. Tasks live in each app's ``tasks.py``; the queue ``prm`` is for the machine with the GPU."""

import logging
import os

from celery import Celery
from celery.signals import beat_init, celeryd_init, setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "annotator.settings")

app = Celery("annotator")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@celeryd_init.connect
@beat_init.connect
def start_embedded_servers(**_: object) -> None:
    from annotator import embedded

    embedded.ensure_unless_given()


@setup_logging.connect
def keep_own_logging(loglevel: int, **_: object) -> None:
    """The settings' logging stands (Celery's would hide what is below a warning), unless more is asked for."""
    root = logging.getLogger()
    root.setLevel(min(root.level, loglevel))

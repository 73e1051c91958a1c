"""The Celery app. Tasks live in each app's ``tasks.py``; the queue ``prm`` is for the machine with the GPU."""

import os

from celery import Celery
from celery.signals import beat_init, celeryd_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "annotator.settings")

app = Celery("annotator")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@celeryd_init.connect
@beat_init.connect
def start_embedded_servers(**_: object) -> None:
    from annotator import embedded

    embedded.ensure_unless_given()

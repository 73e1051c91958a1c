"""What gunicorn serves. The connection pool is on here only: an open pool must not cross a fork (Celery's prefork)."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "annotator.settings")
os.environ.setdefault("STEPMARK_DB_POOL", "4")

from annotator import embedded

embedded.ensure_unless_given()
application = get_wsgi_application()

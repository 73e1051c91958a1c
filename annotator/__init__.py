"""The Django project: settings, URLs, the Celery app, embedded servers, base templates and design tokens."""

from importlib import import_module

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class AnnotatorConfig(AppConfig):
    name = "annotator"

    def ready(self) -> None:
        import_module("annotator.celery")  # shared tasks must find this app in web processes too


class OperatorAdminConfig(AdminConfig):
    default_site = "labelling.people.sites.OperatorAdminSite"

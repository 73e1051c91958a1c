from django.apps import AppConfig


class PrmConfig(AppConfig):
    name = "labelling.prm"
    label = "prm"

from django.apps import AppConfig


class RoundsConfig(AppConfig):
    name = "labelling.rounds"
    label = "rounds"

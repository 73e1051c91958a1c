from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "labelling.jobs"
    label = "jobs"

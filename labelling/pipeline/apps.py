from django.apps import AppConfig


class PipelineConfig(AppConfig):
    name = "labelling.pipeline"
    label = "pipeline"

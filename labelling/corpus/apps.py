from django.apps import AppConfig


class CorpusConfig(AppConfig):
    name = "labelling.corpus"
    label = "corpus"

from django.apps import AppConfig
from django.conf import settings

from labelling.prm.backends.embedded import EmbeddedBackend


class PrmConfig(AppConfig):
    name = "labelling.prm"
    label = "prm"

    def ready(self) -> None:
        EmbeddedBackend.folder = settings.VAR / "models"  # plain packages know no settings

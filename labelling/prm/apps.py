from django.apps import AppConfig
from django.conf import settings

from labelling.prm.backends.embedded import EmbeddedBackend
from labelling.prm.backends.transformers import TransformersBackend


class PrmConfig(AppConfig):
    name = "labelling.prm"
    label = "prm"

    def ready(self) -> None:
        EmbeddedBackend.folder = TransformersBackend.folder = settings.VAR / "models"  # plain packages know no settings
        TransformersBackend.remote_code = settings.TRUST_REMOTE_CODE
        TransformersBackend.budget = settings.PRM_BATCH_TOKENS

from django.apps import AppConfig
from django.conf import settings

from labelling.prm.backends.embedded import EmbeddedBackend
from labelling.prm.backends.transformers import TransformersBackend
from labelling.prm.backends.vllm import VllmBackend


class PrmConfig(AppConfig):
    name = "labelling.prm"
    label = "prm"

    def ready(self) -> None:
        from labelling.prm.selectors import embedded_files  # models can't be imported before the apps are ready

        EmbeddedBackend.fetch = staticmethod(embedded_files)
        EmbeddedBackend.folder = TransformersBackend.folder = settings.VAR / "models"  # plain packages know no settings
        VllmBackend.folder = settings.VAR / "models"
        VllmBackend.key, VllmBackend.seconds = settings.VLLM_KEY, settings.VLLM_SECONDS
        VllmBackend.requests = settings.VLLM_REQUESTS
        TransformersBackend.remote_code = settings.TRUST_REMOTE_CODE
        TransformersBackend.budget = settings.PRM_BATCH_TOKENS

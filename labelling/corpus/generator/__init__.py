"""Asking a language model for candidate next steps, over an OpenAI-compatible API. Neither Django nor Celery."""

from labelling.corpus.generator.asking import Endpoint, candidates_ask
from labelling.corpus.generator.transport import GeneratorFault

__all__ = ["Endpoint", "GeneratorFault", "candidates_ask"]

"""PostgreSQL and Redis out of Python packages, started by whoever needs them first: lifetime.py says how."""

from annotator.embedded.errors import EmbeddedError
from annotator.embedded.lifetime import ensure, ensure_keeper, ensure_unless_given, release_and_stop
from annotator.embedded.paths import postgres_params, postgres_url, redis_urls

__all__ = [
    "EmbeddedError",
    "ensure",
    "ensure_keeper",
    "ensure_unless_given",
    "postgres_params",
    "postgres_url",
    "redis_urls",
    "release_and_stop",
]

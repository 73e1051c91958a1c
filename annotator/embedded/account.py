"""The one user that both servers of a data folder run as."""

from pathlib import Path

from annotator.embedded import paths, processes
from annotator.embedded.processes import Account


def account_for(var: Path) -> Account | None:
    """See ``processes.server_account``: what PostgreSQL's data says, else whoever reaches the programs."""
    return processes.server_account(var / "postgres", [paths.postgres_binary("postgres"), paths.redis_binary()])

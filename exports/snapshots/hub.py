"""A snapshot, brought to the Hugging Face hub as a dataset: the same files, under the same hash."""

import tempfile
from pathlib import Path
from typing import Any

from exports.models import Snapshot
from exports.snapshots.copying import files_copied


class PushRefused(Exception):
    """It was not brought there; the message says why."""


def push_snapshot(
    made: Snapshot, *, repo: str, private: bool = True, endpoint: str | None = None, token: str | None = None
) -> str:
    """Commit all of its files, and return the commit's address. ``token``: else as ``huggingface_hub`` finds it.

    Raises ``PushRefused``, and ``OSError`` where the snapshot itself is not as it was.
    """
    if made.raters != "pseudonym":
        raise PushRefused("Its rows name raters as another tool did: only pseudonyms leave the house.")
    try:
        from huggingface_hub import HfApi  # an extra, as few need it
    except ImportError:
        raise PushRefused(
            'huggingface_hub is not installed: pip install "huggingface_hub" (the extra `hub`).'
        ) from None
    api: Any = HfApi(endpoint=endpoint, token=token)
    with tempfile.TemporaryDirectory() as name:
        files_copied(made, Path(name))
        try:
            api.create_repo(repo, repo_type="dataset", private=private, exist_ok=True)
            done = api.upload_folder(
                repo_id=repo,
                repo_type="dataset",
                folder_path=name,
                commit_message=f"Snapshot {made.short}",
                commit_description=f"manifest.json has the SHA-256 {made.hash}",
                delete_patterns=["*"],  # what an older snapshot left there is none of this one
            )
        except Exception as error:  # whatever a hub, a network or the library says, in one shape
            raise PushRefused(f"The hub could not take it: {error}") from error
    return str(done.commit_url)

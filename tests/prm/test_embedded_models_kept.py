"""An embedded model's files in the database: a worker on another machine has no folder of them."""

from pathlib import Path

import pytest

from labelling.prm.backends import BadConfig, ScoringItem, backend_make
from labelling.prm.backends.embedded import EmbeddedBackend
from labelling.prm.embedded.storage import model_save
from labelling.prm.models import EmbeddedModel, ModelVersion
from labelling.prm.selectors import embedded_files
from labelling.prm.services import model_register, scoring_create
from tests.prm.sums import small_model

pytestmark = pytest.mark.django_db
ITEM = ScoringItem("Ana has 3 jars and buys 4.", ("3 + 4 = 7",))


@pytest.fixture
def version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModelVersion:
    """Registered on this machine; the folder then is another's, and empty."""
    monkeypatch.setattr(EmbeddedBackend, "folder", tmp_path / "here")
    digest = model_save(small_model(), EmbeddedBackend.folder)
    found = model_register(name="mine", backend="embedded", config={"digest": digest})[1]
    monkeypatch.setattr(EmbeddedBackend, "folder", tmp_path / "elsewhere")
    return found


def test_a_machine_without_the_folder_scores_as_the_one_with_it(version: ModelVersion, tmp_path: Path) -> None:
    here = backend_make("embedded", version.config | {"path": str(tmp_path / "here")})
    assert backend_make("embedded", version.config).score([ITEM]) == here.score([ITEM])


def test_files_that_are_not_those_of_the_digest_are_refused(version: ModelVersion) -> None:
    EmbeddedModel.objects.update(weights=b"other")
    with pytest.raises(BadConfig, match="No such file"):
        backend_make("embedded", version.config)


def test_a_model_that_is_nowhere_is_told_of_as_ever(version: ModelVersion) -> None:
    EmbeddedModel.objects.all().delete()
    with pytest.raises(BadConfig, match="train the model again"):
        backend_make("embedded", version.config)


def test_a_version_from_before_is_kept_when_it_is_queued(version: ModelVersion, tmp_path: Path) -> None:
    EmbeddedModel.objects.all().delete()
    EmbeddedBackend.folder = tmp_path / "here"  # put back by the fixture's monkeypatch
    for _ in range(2):
        scoring_create(version=version, campaign=None)
    found = embedded_files(version.config["digest"])
    assert found is not None
    assert found.digest == version.config["digest"]

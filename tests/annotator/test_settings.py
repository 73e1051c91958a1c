"""Settings come from the environment, refuse nonsense with the mend, and are all documented."""

import os
import re
from pathlib import Path

import pytest

from annotator import env

ROOT = Path(__file__).resolve().parents[2]
NAME = re.compile(r"\"((?:STEPMARK_[A-Z_]+|DATABASE_URL|REDIS_URL))\"")


def test_every_setting_has_its_heading_and_every_heading_its_setting() -> None:
    sources = [*(ROOT / "annotator").rglob("*.py"), ROOT / "tests" / "conftest.py"]
    read = {name for path in sources for name in NAME.findall(path.read_text(encoding="utf-8"))}
    headings = set(re.findall(r"^### `(\w+)`", (ROOT / "docs" / "settings.md").read_text(encoding="utf-8"), re.M))
    assert headings == read


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("maybe", lambda: env.flag("STEPMARK_X", default=True)),
        ("ten", lambda: env.integer("STEPMARK_X", 1, least=0, most=9)),
        ("10", lambda: env.integer("STEPMARK_X", 1, least=0, most=9)),
        ("1.5", lambda: env.share("STEPMARK_X", 0.8)),
        ("80%", lambda: env.share("STEPMARK_X", 0.8)),
        ("nan", lambda: env.share("STEPMARK_X", 0.8)),
        ("127.0.0.1:8001/v1", lambda: env.api_address("STEPMARK_X")),
        ("ftp://127.0.0.1/v1", lambda: env.api_address("STEPMARK_X")),
        ("http://", lambda: env.api_address("STEPMARK_X")),
        ("http://127.0.0.1:port/v1", lambda: env.api_address("STEPMARK_X")),
        ("http://[::1/v1", lambda: env.api_address("STEPMARK_X")),
        ("http://me:secret@127.0.0.1/v1", lambda: env.api_address("STEPMARK_X")),
        ("http://127.0.0.1/v1?key=secret", lambda: env.api_address("STEPMARK_X")),
        ("http://127.0.0.1/v 1", lambda: env.api_address("STEPMARK_X")),
        ("two words", lambda: env.word("STEPMARK_X", longest=99)),
        ("key\r\nX-Injected: 1", lambda: env.word("STEPMARK_X", longest=99)),
        ("ключ", lambda: env.word("STEPMARK_X", longest=99)),
        ("long", lambda: env.word("STEPMARK_X", longest=3)),
        ("gs://bucket", lambda: env.snapshot_storage("STEPMARK_X", "STEPMARK_Y", Path())),
        ("s3://", lambda: env.snapshot_storage("STEPMARK_X", "STEPMARK_Y", Path())),
        ("s3://key:secret@bucket/x", lambda: env.snapshot_storage("STEPMARK_X", "STEPMARK_Y", Path())),
        ("", lambda: env.word("STEPMARK_X", needed=True, longest=99)),
    ],
)
def test_nonsense_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, value: str, read: object) -> None:
    monkeypatch.setenv("STEPMARK_X", value)
    with pytest.raises(env.SettingError, match="STEPMARK_X") as refused:
        read()  # type: ignore[operator]
    assert "secret" not in str(refused.value)


def test_the_address_of_an_api_loses_its_last_slash_and_may_be_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    assert env.api_address("STEPMARK_X") == ""
    monkeypatch.setenv("STEPMARK_X", " https://models.example/v1/ ")
    assert env.api_address("STEPMARK_X") == "https://models.example/v1"


def test_snapshots_lie_in_a_folder_or_a_bucket(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def made() -> dict[str, object]:
        return env.snapshot_storage("STEPMARK_X", "STEPMARK_Y", tmp_path)

    assert made()["OPTIONS"] == {"location": tmp_path}
    monkeypatch.setenv("STEPMARK_X", str(tmp_path / "other"))
    assert made()["OPTIONS"] == {"location": tmp_path / "other"}
    monkeypatch.setenv("STEPMARK_X", "s3://bucket/some/where/")
    monkeypatch.setenv("STEPMARK_Y", "http://127.0.0.1:9000/")
    assert made() == {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": "bucket",
            "location": "some/where",
            "endpoint_url": "http://127.0.0.1:9000",
            "file_overwrite": True,
            "default_acl": None,
        },
    }


def test_a_database_url_is_taken_apart() -> None:
    entry = env.database("postgresql://me:s%40fe@db.example:5433/steps?sslmode=require")
    assert (entry["USER"], entry["PASSWORD"], entry["HOST"], entry["PORT"], entry["NAME"]) == (
        "me",
        "s@fe",
        "db.example",
        "5433",
        "steps",
    )
    assert entry["OPTIONS"] == {"sslmode": "require", "options": env.SERVER_SETTINGS}


def test_a_database_url_may_bring_its_own_server_settings() -> None:
    entry = env.database("postgresql://db.example/steps?options=-c%20jit%3Don")
    assert entry["OPTIONS"] == {"options": "-c jit=on"}


@pytest.mark.parametrize("url", ["sqlite:///x.db", "postgresql://host", "steps"])
def test_another_database_is_refused(url: str) -> None:
    with pytest.raises(env.SettingError, match="DATABASE_URL"):
        env.database(url)


def test_the_secret_key_is_made_once_and_is_its_owner_s_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STEPMARK_SECRET_KEY", raising=False)
    first, second = (env.secret_key(tmp_path / "var") for _ in range(2))
    assert first == second
    assert len(first) > 50
    assert os.stat(tmp_path / "var" / "secret-key").st_mode & 0o777 == 0o600
    assert env.secret_key(tmp_path / "other") != first

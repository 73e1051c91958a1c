"""Pushing a snapshot, by huggingface_hub itself, to a stand-in for the hub on this machine."""

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from exports import make_snapshot
from exports.models import Snapshot
from tests.exports.frozen import files_of
from tests.factories import AnnotationFactory

pytest.importorskip("huggingface_hub")
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("storage")]


class Hub(ThreadingHTTPServer):
    """What a hub does for a push: a repository, a card, which files go how, a commit. Keeps what it was sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[str, bytes] = {}
        self.repo: dict[str, Any] = {}
        self.tokens: set[str] = set()
        self.refuses = False


class Handler(BaseHTTPRequestHandler):
    server: Hub

    def log_message(self, *_: Any) -> None:
        pass

    def answer(self, status: int, body: Any) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self) -> None:
        if self.server.refuses:
            return self.answer(403, {"error": "You may not."})
        if "/tree/" in self.path:
            entries = [{"type": "file", "path": path, "size": 1, "oid": "0"} for path in self.server.files]
            return self.answer(200, entries)
        files = [{"rfilename": path} for path in self.server.files]
        return self.answer(200, {"id": "team/steps", "sha": "1" * 40, "siblings": files, "tags": []})

    def do_POST(self) -> None:
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.tokens.add(self.headers.get("Authorization", ""))
        if self.server.refuses:
            return self.answer(403, {"error": "You may not."})
        if self.path.endswith("/repos/create"):
            self.server.repo = json.loads(sent)
            return self.answer(200, {"url": "https://huggingface.co/datasets/team/steps", "name": "team/steps"})
        if self.path.endswith("/validate-yaml"):
            return self.answer(200, {"errors": [], "warnings": []})
        if "/preupload/" in self.path:
            files = [{"path": file["path"], "uploadMode": "regular"} for file in json.loads(sent)["files"]]
            return self.answer(200, {"files": [{**file, "shouldIgnore": False} for file in files]})
        if "/commit/" not in self.path:
            return self.answer(404, {"error": f"{self.path} is not there"})
        for line in sent.splitlines():
            step = json.loads(line)
            if step["key"] == "file":
                self.server.files[step["value"]["path"]] = base64.b64decode(step["value"]["content"])
            elif step["key"] == "deletedFile":
                del self.server.files[step["value"]["path"]]
        url = "https://huggingface.co/datasets/team/steps/commit/" + "2" * 40
        return self.answer(200, {"commitUrl": url, "commitOid": "2" * 40})


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    with Hub() as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.05,))
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def made() -> Snapshot:
    AnnotationFactory.create_batch(2)
    return make_snapshot(format="prm800k")


def is_private(hub: Hub) -> bool:
    return bool(hub.repo.get("private")) or hub.repo.get("visibility") == "private"  # older clients, and newer ones


def push(hub: Hub, made: Snapshot, *arguments: str) -> str:
    out = StringIO()
    address = f"http://127.0.0.1:{hub.server_address[1]}"
    call_command("push_snapshot", made.hash, "--repo", "team/steps", "--endpoint", address, *arguments, stdout=out)
    return out.getvalue().strip()


def test_all_of_it_arrives_and_an_older_snapshot_s_files_go(hub: Hub, made: Snapshot) -> None:
    hub.files["data/train-00000-of-00001.parquet"] = b"old"
    assert push(hub, made).endswith("/commit/" + "2" * 40)
    hub.files.pop(".gitattributes", None)
    assert hub.files == files_of(made)
    assert hub.repo["type"] == "dataset"
    assert is_private(hub)
    assert hub.tokens == {"Bearer hf_secret"}


def test_it_is_public_on_demand_only(hub: Hub, made: Snapshot) -> None:
    push(hub, made, "--public")
    assert not is_private(hub)


def test_a_refusal_is_told_without_the_token(hub: Hub, made: Snapshot) -> None:
    hub.refuses = True
    with pytest.raises(CommandError, match="The hub could not take it") as refused:
        push(hub, made)
    assert "hf_secret" not in str(refused.value)


def test_names_of_raters_stay_here(hub: Hub, made: Snapshot) -> None:
    with pytest.raises(CommandError, match="only pseudonyms leave"):
        push(hub, make_snapshot(format="prm800k", raters="original"))


def test_what_is_not_as_it_was_is_not_pushed(hub: Hub, made: Snapshot, storage: Path) -> None:
    (storage / made.hash / "ledger.jsonl").write_bytes(b"x")
    with pytest.raises(CommandError, match="not as it was"):
        push(hub, made)
    assert not hub.files


def test_there_must_be_such_a_snapshot(hub: Hub) -> None:
    with pytest.raises(CommandError) as refused:
        push(hub, Snapshot(hash="0" * 64))
    assert refused.value.returncode == 2

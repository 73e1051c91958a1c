"""Snapshots in S3-compatible storage: boto3 itself, and a stand-in for the server on this machine."""

import hashlib
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from django.test import Client

from annotator import env
from exports import make_snapshot
from exports.snapshots.finding import snapshot_found
from exports.snapshots.verifying import verify_snapshot
from labelling.people.models import Role
from tests.conftest import person
from tests.factories import AnnotationFactory, RoundFactory

pytest.importorskip("storages")
pytestmark = pytest.mark.django_db


class Bucket(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.objects: dict[str, bytes] = {}
        self.puts: list[str] = []


class Handler(BaseHTTPRequestHandler):
    """As much of S3 as a storage needs: put, get with ranges, head, list below a prefix."""

    server: Bucket
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        pass

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if "Content_Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    @property
    def key(self) -> str:
        return unquote(urlsplit(self.path).path).removeprefix("/bucket").lstrip("/")

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if "aws-chunked" in self.headers.get("Content-Encoding", ""):
            body = _unchunked(body)
        self.server.objects[self.key] = body
        self.server.puts.append(self.key)
        self.answer(200, ETag=_tag(body))

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        if not self.key:
            return self.answer(200, self.listing(), Content_Type="application/xml")
        body = self.server.objects.get(self.key)
        if body is None:
            return self.answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
        facts = {"ETag": _tag(body), "Last_Modified": "Mon, 02 Mar 2026 12:00:00 GMT"}
        if found := re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", "")):
            first, last = int(found[1]), int(found[2] or len(body) - 1)
            part = body[first : last + 1]
            facts["Content_Range"] = f"bytes {first}-{first + len(part) - 1}/{len(body)}"
            return self.answer(206, part, **facts)
        return self.answer(200, body, Content_Length=str(len(body)), **facts)

    def listing(self) -> bytes:
        query = parse_qs(urlsplit(self.path).query)
        prefix, delimiter = query.get("prefix", [""])[0], query.get("delimiter", [""])[0]
        files, folders = [], set()
        for key in sorted(key for key in self.server.objects if key.startswith(prefix)):
            rest = key.removeprefix(prefix)
            if delimiter and delimiter in rest:
                folders.add(prefix + rest.partition(delimiter)[0] + delimiter)
            else:
                files.append(f"<Contents><Key>{key}</Key><Size>{len(self.server.objects[key])}</Size></Contents>")
        common = "".join(f"<CommonPrefixes><Prefix>{one}</Prefix></CommonPrefixes>" for one in sorted(folders))
        inner = f"<IsTruncated>false</IsTruncated>{''.join(files)}{common}"
        return f'<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{inner}</ListBucketResult>'.encode()


def _tag(body: bytes) -> str:
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def _unchunked(body: bytes) -> bytes:
    """The content of a body that was sent in signed chunks."""
    content = b""
    while body:
        head, _, rest = body.partition(b"\r\n")
        size = int(head.partition(b";")[0], 16)
        if size == 0:
            break
        content, body = content + rest[:size], rest[size + 2 :]
    return content


@pytest.fixture
def bucket(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    """The snapshots' storage, set as the environment would set it."""
    for name, value in (("ACCESS_KEY_ID", "me"), ("SECRET_ACCESS_KEY", "secret"), ("DEFAULT_REGION", "eu-central-1")):
        monkeypatch.setenv(f"AWS_{name}", value)
    with Bucket() as running:
        monkeypatch.setenv("STEPMARK_SNAPSHOTS", "s3://bucket/some/where")
        monkeypatch.setenv("STEPMARK_SNAPSHOTS_ENDPOINT", f"http://127.0.0.1:{running.server_address[1]}")
        made = env.snapshot_storage("STEPMARK_SNAPSHOTS", "STEPMARK_SNAPSHOTS_ENDPOINT", settings.VAR)
        settings.STORAGES = {**settings.STORAGES, "snapshots": made}
        thread = threading.Thread(target=running.serve_forever, args=(0.05,))
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def test_a_snapshot_is_made_verified_and_downloaded_there(bucket: Bucket, client: Client) -> None:
    round_ = RoundFactory.create(campaign__slug="maths")
    AnnotationFactory.create_batch(2, assignment__item__round=round_)
    made = make_snapshot(format="prm800k", campaign="maths")
    at = f"some/where/{made.hash}"
    assert set(bucket.objects) == {
        f"{at}/{name}" for name in ("README.md", "data/train.jsonl", "ledger.jsonl", "manifest.json")
    }
    assert bucket.puts[-1] == f"{at}/manifest.json"
    assert make_snapshot(format="prm800k", campaign="maths") == made
    assert len(bucket.puts) == 4  # what lies there as it should is not sent again
    assert not verify_snapshot(snapshot_found(made.hash)).faults
    client.force_login(person("rosa", Role.RESEARCHER, "maths"))
    url = f"/api/campaigns/maths/snapshots/{made.hash}/files/data/train.jsonl"
    answer: Any = client.get(url, headers={"Range": "bytes=10-"})
    assert b"".join(answer.streaming_content) == bucket.objects[f"{at}/data/train.jsonl"][10:]


def test_what_is_wrong_there_is_told(bucket: Bucket) -> None:
    AnnotationFactory.create()
    made = make_snapshot(format="prm800k")
    at = f"some/where/{made.hash}"
    bucket.objects[f"{at}/data/train.jsonl"] += b"x"
    del bucket.objects[f"{at}/ledger.jsonl"]
    bucket.objects[f"{at}/more"] = b""
    told = "\n".join(verify_snapshot(snapshot_found(made.hash)).faults)
    assert "data/train.jsonl: it has" in told
    assert "ledger.jsonl: it is missing" in told
    assert "more: it is not of the snapshot" in told

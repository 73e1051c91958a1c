"""The API of snapshots: list, build, look, download; and who may."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from exports import make_snapshot
from exports.downloads import Unsatisfiable, range_of
from exports.models import Snapshot
from exports.snapshots.building import snapshot_job_run
from labelling.jobs.models import Job
from labelling.people.models import Role
from tests.conftest import person
from tests.exports.frozen import files_of
from tests.factories import AnnotationFactory, RoundFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("storage")]
BASE = "/api/campaigns/maths/snapshots/"


@pytest.fixture
def researcher(client: Client) -> Client:
    client.force_login(person("rosa", Role.RESEARCHER, "maths"))
    return client


@pytest.fixture
def made() -> Snapshot:
    round_ = RoundFactory.create(campaign__slug="maths")
    AnnotationFactory.create_batch(3, assignment__item__round=round_)
    return make_snapshot(format="prm800k", campaign="maths", title='<b>"First"</b>')


def post(client: Client, **body: Any) -> Any:
    return client.post(f"{BASE}build/", json.dumps(body), content_type="application/json")


class TestListAndLook:
    def test_it_lists_what_was_made(self, made: Snapshot, researcher: Client) -> None:
        [told] = researcher.get(BASE).json()["snapshots"]
        assert (told["hash"], told["title"], told["rows"]) == (made.hash, '<b>"First"</b>', 3)
        whole = researcher.get(told["url"]).json()
        assert whole["manifest"]["counts"]["annotations"] == 3
        assert {file["path"] for file in whole["files"]} == set(files_of(made))

    def test_a_list_costs_the_same_with_many(
        self, made: Snapshot, researcher: Client, django_assert_max_num_queries: Any
    ) -> None:
        for share in (0.1, 0.2, 0.3):
            make_snapshot(format="prm800k", campaign="maths", split="train", test_share=share)
        with django_assert_max_num_queries(5):  # session, person, snapshots, builds
            assert len(researcher.get(BASE).json()["snapshots"]) >= 1

    def test_other_tools_names_of_raters_are_for_leads(self, made: Snapshot, researcher: Client) -> None:
        other = make_snapshot(format="prm800k", campaign="maths", raters="original")
        assert other.hash != made.hash
        assert len(researcher.get(BASE).json()["snapshots"]) == 1
        assert researcher.get(f"{BASE}{other.hash}/").status_code == 404
        assert researcher.get(f"{BASE}{other.hash}/files/data/train.jsonl").status_code == 404
        lead = Client()
        lead.force_login(person("lena", Role.LEAD, "maths"))
        assert len(lead.get(BASE).json()["snapshots"]) == 2
        assert lead.head(f"{BASE}{other.hash}/files/data/train.jsonl").status_code == 200

    def test_another_campaign_s_is_not_there(self, made: Snapshot, client: Client) -> None:
        RoundFactory.create(campaign__slug="physics")
        client.force_login(person("rosa", Role.RESEARCHER, "physics"))
        assert client.get(f"/api/campaigns/physics/snapshots/{made.hash}/").status_code == 404
        assert client.get(f"/api/campaigns/physics/snapshots/{made.hash}/files/manifest.json").status_code == 404
        assert client.get("/api/campaigns/physics/snapshots/").json()["snapshots"] == []


class TestBuild:
    def test_it_is_built_in_the_background(self, researcher: Client) -> None:
        round_ = RoundFactory.create(campaign__slug="maths")
        AnnotationFactory.create(assignment__item__round=round_)
        answer = post(researcher, format="trl", choices={"neutral": "positive"}, split="both", title="One")
        assert answer.status_code == 202
        build = answer.json()
        assert (build["state"], build["snapshot"]) == ("queued", None)
        assert [one["job"] for one in researcher.get(BASE).json()["builds"]] == [build["job"]]
        made = snapshot_job_run(job_id=build["job"])
        assert made is not None
        told = researcher.get(build["url"]).json()
        assert (told["state"], told["snapshot"]) == ("done", made.hash)
        assert (made.created_by.username, made.title, made.campaign) == ("rosa", "One", "maths")  # type: ignore[union-attr]
        assert researcher.get("/api/campaigns/maths/snapshots/builds/999999/").status_code == 404

    @pytest.mark.parametrize(
        ("body", "said"),
        [
            ({}, "format"),
            ({"format": "csv"}, "no format"),
            ({"format": "trl"}, "needs --neutral"),
            ({"format": "trl", "choices": {"truth": "steps"}}, "takes no --truth"),
            ({"format": "trl", "choices": {"neutral": "positive"}, "include": ["held_out"]}, "held-out problems"),
            ({"format": "prm800k", "raters": "original"}, "no such field"),
            ({"format": "prm800k", "campaign": "physics"}, "no such field"),
            ({"format": "prm800k", "split": "half"}, "half"),
            ({"format": "prm800k", "test_share": 2}, "between 0 and 1"),
            ({"format": "prm800k", "rounds": ["1"]}, "rounds"),
            ({"format": "prm800k", "rounds": [7]}, "no round 7"),
            ({"format": "prm800k", "salt": "a\0b"}, "NUL"),
            ({"format": "prm800k", "title": "\ud800"}, "Unicode"),
            ({"format": "prm800k", "title": "x" * 201}, "at most 200"),
            ({"format": "prm800k", "salt": "x" * 201}, "at most 200"),
            ({"format": "math-shepherd", "choices": {"neutral": "drop", "task": "x" * 201}}, "at most 200"),
            ({"format": "prm800k", "unfit": "eat"}, "refuse or leave-out"),
            ({"format": "prm800k", "rounds": []}, "leave rounds out"),
        ],
    )
    def test_what_cannot_be_made_is_refused(self, researcher: Client, body: dict[str, Any], said: str) -> None:
        RoundFactory.create(campaign__slug="maths")
        answer = post(researcher, **body)
        assert answer.status_code == 400
        assert said in answer.json()["error"]["message"]
        assert not Job.objects.exists()


class TestDownload:
    @pytest.fixture
    def url(self, made: Snapshot) -> str:
        return f"{BASE}{made.hash}/files/data/train.jsonl"

    @pytest.fixture
    def whole(self, made: Snapshot) -> bytes:
        return files_of(made)["data/train.jsonl"]

    def body(self, answer: Any) -> bytes:
        return b"".join(answer.streaming_content)

    def test_whole(self, researcher: Client, url: str, whole: bytes, made: Snapshot) -> None:
        answer = researcher.get(url)
        assert (answer.status_code, self.body(answer)) == (200, whole)
        assert answer["Accept-Ranges"] == "bytes"
        assert answer["Content-Length"] == str(len(whole))
        assert answer["Content-Disposition"] == f'attachment; filename="maths-{made.short}-train.jsonl"'

    def test_what_one_has_already_is_not_sent_again(self, researcher: Client, url: str) -> None:
        tag = researcher.head(url)["ETag"]
        for known, status in ((tag, 304), (f"W/{tag}", 304), (f'"x", {tag}', 304), ("*", 304), ('"x"', 200)):
            assert researcher.head(url, headers={"If-None-Match": known}).status_code == status

    @pytest.mark.parametrize(
        ("said", "wanted"),
        [("0-9", slice(10)), ("10-", slice(10, None)), ("-7", slice(-7, None)), ("5-999999", slice(5, None))],
    )
    def test_a_range(self, researcher: Client, url: str, whole: bytes, said: str, wanted: slice) -> None:
        answer = researcher.get(url, headers={"Range": f"bytes={said}"})
        part = whole[wanted]
        first = wanted.indices(len(whole))[0]
        assert (answer.status_code, self.body(answer)) == (206, part)
        assert answer["Content-Range"] == f"bytes {first}-{first + len(part) - 1}/{len(whole)}"

    def test_what_broke_off_goes_on_if_it_is_still_the_same(self, researcher: Client, url: str, whole: bytes) -> None:
        tag = researcher.head(url)["ETag"]
        same = researcher.get(url, headers={"Range": "bytes=100-", "If-Range": tag})
        assert (same.status_code, self.body(same)) == (206, whole[100:])
        other = researcher.get(url, headers={"Range": "bytes=100-", "If-Range": '"another"'})
        assert (other.status_code, self.body(other)) == (200, whole)

    def test_a_range_behind_the_end(self, researcher: Client, url: str, whole: bytes) -> None:
        answer = researcher.get(url, headers={"Range": f"bytes={len(whole)}-"})
        assert (answer.status_code, answer["Content-Range"]) == (416, f"bytes */{len(whole)}")

    def test_head(self, researcher: Client, url: str, whole: bytes) -> None:
        answer = researcher.head(url)
        assert (answer.status_code, answer["Content-Length"]) == (200, str(len(whole)))

    @pytest.mark.parametrize(
        "path", ["", "data", "../manifest.json", "data/../manifest.json", "%2e%2e/%2e%2e/secret-key", "data/x"]
    )
    def test_nothing_but_its_files(self, researcher: Client, made: Snapshot, path: str) -> None:
        assert researcher.get(f"{BASE}{made.hash}/files/{path}").status_code == 404

    def test_a_file_that_is_gone(self, researcher: Client, url: str, made: Snapshot, storage: Path) -> None:
        (storage / made.hash / "data" / "train.jsonl").unlink()
        answer = researcher.get(url)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "missing")


@pytest.mark.parametrize(
    "said",
    [
        "",
        "bytes",
        "bytes=-",
        "bytes=a-b",
        "bytes=0-1,4-5",
        "lines=0-1",
        "bytes=9-3",
        "bytes=1-" + "9" * 30,
        "bytes=٠-١",
    ],
)
def test_a_range_that_makes_no_sense_is_none(said: str) -> None:
    assert range_of(said, 10) is None


def test_the_unit_of_a_range_has_no_case() -> None:
    assert range_of("Bytes=1-2", 10) == (1, 2)


@pytest.mark.parametrize("said", ["bytes=10-", "bytes=-0", "bytes=10-12"])
def test_a_range_of_nothing(said: str) -> None:
    with pytest.raises(Unsatisfiable):
        range_of(said, 10)

"""The backend ``vllm`` against a stand-in of its pooling endpoint: which rows are read, and what befalls it."""

import json
import math
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from labelling.prm.backends import BadConfig, ScoringItem, backend_make
from labelling.prm.backends.vllm import VllmBackend
from labelling.prm.checkpoints.card import card_of, card_read, card_write
from labelling.prm.checkpoints.encoding import Encoder, cut
from labelling.prm.checkpoints.gate import Gate
from tests.prm.pooling_server import Fault, PoolingServer, figure, pooling_server
from tests.prm.toys import tokenizer_save

pytest.importorskip("tokenizers")

FAMILIES = ("trl", "qwen", "math-shepherd", "rlhflow")
ITEMS = [ScoringItem(f"Ann has {at} eggs.", ("She buys 3.\nWell.", "ки <extra_0>", f"So {at + 3}.")) for at in range(7)]
BUSY: Fault = (503, {"Retry-After": "0"}, b"busy")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[PoolingServer]:
    monkeypatch.setattr(VllmBackend, "pause", 0.01)
    with pooling_server() as running:
        yield running


def folder_of(tmp_path: Path, family: str = "qwen", **changes: Any) -> Path:
    folder = tmp_path / family
    folder.mkdir(exist_ok=True)
    tokenizer_save(folder, family)
    card_write(folder, card_of(family, **changes))
    return folder


def backend_of(server: PoolingServer, folder: Path, **config: object) -> VllmBackend:
    made = backend_make("vllm", {"url": server.url, "model": "prm", "path": str(folder), **config})
    assert isinstance(made, VllmBackend)
    return made


def wanted(folder: Path, items: list[ScoringItem]) -> list[tuple[float, ...]]:
    encoder = Encoder.from_folder(folder, card_read(folder))
    encoded = [cut(one, None) for one in encoder.encode([(item.problem, item.steps) for item in items])]
    return [tuple(figure(one.ids, mark) for mark in one.marks) for one in encoded]


class TestReading:
    @pytest.mark.parametrize("family", FAMILIES)
    def test_with_a_row_a_token_it_reads_those_at_the_marks(
        self, family: str, server: PoolingServer, tmp_path: Path
    ) -> None:
        folder = folder_of(tmp_path, family)
        server.good = 1 if card_of(family).head == "labels" else 0

        assert backend_of(server, folder).score(ITEMS) == [pytest.approx(one) for one in wanted(folder, ITEMS)]
        assert {body["task"] for body in server.seen} == {"token_classify"}

    @pytest.mark.parametrize("family", FAMILIES)
    def test_with_step_pooling_it_reads_the_marks_among_the_rows_of_their_token(
        self, family: str, server: PoolingServer, tmp_path: Path
    ) -> None:
        """Texts that hold the token themselves (a line break, ки) have more rows than steps."""
        folder = folder_of(tmp_path, family)
        server.good = 1 if card_of(family).head == "labels" else 0
        encoder = Encoder.from_folder(folder, card_read(folder))
        one = encoder.encode([(ITEMS[0].problem, ITEMS[0].steps)])[0]
        server.step_tag = one.ids[one.marks[0]]

        assert backend_of(server, folder).score(ITEMS) == [pytest.approx(one) for one in wanted(folder, ITEMS)]

    def test_logits_are_made_probabilities_where_the_configuration_says_that_they_come(
        self, server: PoolingServer, tmp_path: Path
    ) -> None:
        folder = folder_of(tmp_path)
        server.shape = lambda share: [3.0, 3.0 + math.log(share / (1 - share))]

        assert backend_of(server, folder, answers="logits").score(ITEMS) == [
            pytest.approx(one) for one in wanted(folder, ITEMS)
        ]

    def test_a_single_figure_is_the_probability(self, server: PoolingServer, tmp_path: Path) -> None:
        folder = folder_of(tmp_path)
        server.shape = lambda share: [share]

        assert backend_of(server, folder).score(ITEMS) == [pytest.approx(one) for one in wanted(folder, ITEMS)]

    def test_what_is_too_long_is_scored_as_far_as_it_fits_and_nothing_more_is_sent(
        self, server: PoolingServer, tmp_path: Path
    ) -> None:
        folder = folder_of(tmp_path)
        encoder = Encoder.from_folder(folder, card_read(folder))
        marks = encoder.encode([(ITEMS[0].problem, ITEMS[0].steps)])[0].marks
        card_write(folder, card_of("qwen", max_tokens=marks[2]))
        (answer,) = backend_of(server, folder).score(ITEMS[:1])

        assert answer == (*[pytest.approx(one) for one in wanted(folder, ITEMS[:1])[0][:2]], None)
        assert len(server.seen[0]["input"][0]) == marks[1] + 1

    def test_the_models_own_context_holds_where_its_configuration_is_here(
        self, server: PoolingServer, tmp_path: Path
    ) -> None:
        """One solution that the server refuses would end the job of all."""
        folder = folder_of(tmp_path, "rlhflow")
        server.good = 0
        marks = Encoder.from_folder(folder, card_read(folder)).encode([(ITEMS[0].problem, ITEMS[0].steps)])[0].marks
        (folder / "config.json").write_text(json.dumps({"max_position_embeddings": marks[1]}))
        (answer,) = backend_of(server, folder).score(ITEMS[:1])

        assert answer is not None
        assert answer[0] == pytest.approx(wanted(folder, ITEMS[:1])[0][0])
        assert answer[1:] == (None, None)

    def test_an_outcome_model_is_read_at_the_last_step(self, server: PoolingServer, tmp_path: Path) -> None:
        folder = folder_of(tmp_path, form="outcome")

        (answer,) = backend_of(server, folder).score(ITEMS[:1])
        assert answer is not None
        assert answer[:2] == (None, None)
        assert answer[2] == pytest.approx(wanted(folder, ITEMS[:1])[0][2])


class TestFaults:
    @pytest.mark.parametrize("status", [408, 429, 500, 502, 503])
    def test_what_may_pass_is_tried_again(self, status: int, server: PoolingServer, tmp_path: Path) -> None:
        folder = folder_of(tmp_path)
        server.faults.extend(
            [(status, {"Retry-After": "0"}, b""), (200, {}, b"{"), (200, {"Content-Length": "999"}, b"")]
        )

        assert backend_of(server, folder).score(ITEMS[:2]) == [pytest.approx(one) for one in wanted(folder, ITEMS[:2])]
        assert len(server.seen) == 4

    def test_a_server_that_stays_away_is_told_with_its_address(self, server: PoolingServer, tmp_path: Path) -> None:
        server.faults.extend([BUSY] * 7)

        with pytest.raises(BadConfig, match=rf"{server.url} answered 503 \(busy\), the last of 7 tries"):
            backend_of(server, folder_of(tmp_path)).score(ITEMS[:1])

    def test_answers_that_cannot_be_told_apart_are_no_scores(self, server: PoolingServer, tmp_path: Path) -> None:
        """Two with one index: which of them is of which solution?"""
        rows = [{"index": 0, "data": server.rows([at])} for at in (1, 2)]
        server.faults.append((200, {}, json.dumps({"data": rows}).encode()))

        with pytest.raises(BadConfig, match=r"with the indices \[0, 0\], which tell no order of 2 inputs"):
            backend_of(server, folder_of(tmp_path)).score(ITEMS[:2])

    def test_a_server_that_asks_for_hours_is_not_waited_for(self, server: PoolingServer, tmp_path: Path) -> None:
        server.faults.append((429, {"Retry-After": "86400"}, b""))

        with pytest.raises(BadConfig, match="answered 429 and asks for 86,400 s of patience: queue it later"):
            backend_of(server, folder_of(tmp_path)).score(ITEMS[:1])

    def test_a_refusal_is_told_at_once_with_the_servers_words(self, server: PoolingServer, tmp_path: Path) -> None:
        server.faults.append((400, {}, json.dumps({"message": "no\x1b[2J model"}).encode()))

        with pytest.raises(
            BadConfig, match=r"answered 400 \(.*no.*model.*\); .max_tokens. in the model card"
        ) as refused:
            backend_of(server, folder_of(tmp_path)).score(ITEMS[:1])
        assert len(server.seen) == 1
        assert str(refused.value).isprintable()

    def test_a_wrong_address_is_told(self, server: PoolingServer, tmp_path: Path) -> None:
        backend = backend_of(server, folder_of(tmp_path), url=f"{server.url}/v1")

        with pytest.raises(BadConfig, match="answered 404"):
            backend.score(ITEMS[:1])

    def test_an_answer_that_does_not_come_is_not_waited_for(
        self, server: PoolingServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(VllmBackend, "seconds", 0.1)
        server.slow = 0.4

        with pytest.raises(BadConfig, match=r"gave no answer within 0\.1 s, the last of 7 tries"):
            backend_of(server, folder_of(tmp_path)).score(ITEMS[:1])

    @pytest.mark.parametrize(
        ("shape", "told"),
        [
            (lambda _: [5.0, -3.0], '"answers": "logits"'),
            (lambda _: [7.0], '"answers": "logits"'),
            (lambda _: [0.1] * 9, "9 figures a mark, not 2: set returned_token_ids"),
            (lambda _: ["x"], "what is no figure"),
            (lambda _: [10**400, 0], "what is no figure"),
            (lambda _: [float("nan"), 0.5], "what is no figure"),
        ],
    )
    def test_figures_that_are_none_are_told_with_the_mend(
        self, shape: Any, told: str, server: PoolingServer, tmp_path: Path
    ) -> None:
        server.shape = shape

        with pytest.raises(BadConfig, match=told):
            backend_of(server, folder_of(tmp_path)).score(ITEMS[:1])

    @pytest.mark.parametrize(
        ("content", "told"),
        [
            (b"[]", "what is no pooling of 1 inputs"),
            (b'{"data": []}', "what is no pooling of 1 inputs"),
            (b'{"data": [{"index": 0}]}', "without rows"),
            (b'{"data": [{"data": []}]}', "which tell no order of 1 inputs"),
            (b'{"data": [{"index": 1, "data": []}]}', r"with the indices \[1\], which tell no order of 1 inputs"),
            (b'{"data": [{"index": 0, "data": [[0.5, 0.5]]}]}', "1 rows for .* tokens with 3 marks: it must pool ALL"),
        ],
    )
    def test_an_answer_of_another_shape_is_told(
        self, content: bytes, told: str, server: PoolingServer, tmp_path: Path
    ) -> None:
        server.faults.append((200, {}, content))

        with pytest.raises(BadConfig, match=told):
            backend_of(server, folder_of(tmp_path)).score(ITEMS[:1])

    def test_the_key_is_sent_and_is_in_no_message(
        self, server: PoolingServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(VllmBackend, "key", "sesame")
        backend = backend_of(server, folder_of(tmp_path))
        server.faults.append((401, {}, b"no"))

        with pytest.raises(BadConfig) as refused:
            backend.score(ITEMS[:1])
        assert server.keys == {"Bearer sesame"}
        assert "sesame" not in f"{refused.value} {backend}"


class TestBackPressure:
    def test_so_many_requests_at_once_and_no_more(
        self, server: PoolingServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(VllmBackend, "requests", 3)
        server.slow = 0.02
        folder = folder_of(tmp_path)
        server.step_tag = Encoder.from_folder(folder, card_of("qwen")).token_id("<extra_0>", "step")
        backend_of(server, folder).score([ScoringItem("p", ("aeiou " * 500,)) for _ in range(40)])

        assert len(server.seen) > 6
        assert server.most_at_once <= 3

    def test_crowding_halves_and_each_success_gives_one_back(self) -> None:
        gate = Gate(8)
        for room in (4, 2, 1, 1):
            gate.crowded(0)
            assert gate.room == room
        for room in (2, 3, 4):
            gate.eased()
            assert gate.room == room

    def test_a_pause_that_the_server_asks_for_holds_all_back(self) -> None:
        gate, began = Gate(4), time.monotonic()
        gate.crowded(0.1)
        with gate.inside():
            assert time.monotonic() - began >= 0.1

    def test_who_waits_comes_in_when_somebody_leaves(self) -> None:
        gate, order = Gate(1), []

        def second() -> None:
            with gate.inside():
                order.append("second")

        with gate.inside():
            waiting = threading.Thread(target=second)
            waiting.start()
            order.append("first")
        waiting.join(5)
        assert order == ["first", "second"]


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ({"url": None}, "needs 'url'"),
        ({"model": ""}, "needs 'model'"),
        ({"path": 7}, "needs 'path'"),
        ({"url": "gpu-1:8000"}, "an address such as"),
        ({"url": "http://me:pw@gpu-1"}, "an address such as"),
        ({"url": "http://gpu-1:99999"}, "an address such as"),
        ({"url": "http://gpu-1\nx"}, "an address such as"),
        ({"answers": "words"}, "'probabilities' or 'logits'"),
    ],
)
def test_a_configuration_that_is_none_is_refused(config: dict[str, object], told: str, tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match=told):
        backend_make("vllm", {"url": "http://gpu-1:8000", "model": "m", "path": str(tmp_path / "x")} | config)


def test_a_folder_on_the_workers_machine_may_be_named_but_not_scored_with(tmp_path: Path) -> None:
    backend = backend_make("vllm", {"url": "http://gpu-1:8000", "model": "m", "path": str(tmp_path / "x")})

    with pytest.raises(BadConfig, match="is no folder on this machine"):
        backend.score(ITEMS[:1])

"""What every backend must do, tried on each one in the registry; then what is particular to each."""

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelling.prm.backends import BACKENDS, BadConfig, ScoringItem, backend_make
from labelling.prm.checkpoints.card import card_of, card_write
from tests.prm.pooling_server import PoolingServer, pooling_server
from tests.prm.sums import small_config
from tests.prm.toys import tokenizer_save, toy

# A configuration that each backend can be made from; a new backend without one fails here, by name.
CONFIGS: dict[str, Callable[[], dict[str, object]]] = {
    "constant": lambda: {"value": 0.25},
    "embedded": small_config,  # trained when it is first asked for
    "recorded": lambda: {"scorer": "qwen_prm"},
    "transformers": lambda: {"path": str(toy("qwen"))},
    "vllm": lambda: {"url": SERVERS[0].url, "model": "prm", "path": str(SERVED[0])},
}
SERVERS: list[PoolingServer] = []
SERVED: list[Path] = []
ROUNDING = 1e-4  # between batches of other sizes

steps = st.lists(st.text(), min_size=1, max_size=6).map(tuple)
shares = st.floats(0, 1)
items = steps.flatmap(
    lambda texts: st.builds(
        ScoringItem,
        problem=st.text(),
        steps=st.just(texts),
        recorded=st.none() | st.lists(shares, min_size=len(texts), max_size=len(texts)).map(tuple),
    )
)
every_backend = pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.ml if name == "transformers" else ()) for name in sorted(BACKENDS)]
)


@pytest.fixture(scope="module", autouse=True)
def served() -> Iterator[None]:
    """The stand-in that ``vllm`` asks."""
    with TemporaryDirectory(prefix="stepmark-served-") as name, pooling_server() as server:
        folder = Path(name)
        tokenizer_save(folder, "qwen")
        card_write(folder, card_of("qwen"))
        SERVERS.append(server)
        SERVED.append(folder)
        yield
    SERVERS.clear()
    SERVED.clear()


@every_backend
@given(batch=st.lists(items, max_size=8))
def test_it_answers_each_item_with_one_probability_a_step_or_with_none(name: str, batch: list[ScoringItem]) -> None:
    answers = backend_make(name, CONFIGS[name]()).score(batch)

    assert len(answers) == len(batch)
    for item, answer in zip(batch, answers, strict=True):
        assert answer is None or len(answer) == len(item.steps)
        assert all(score is None or 0 <= score <= 1 for score in answer or ())
        assert answer is None or any(score is not None for score in answer)


@every_backend
@given(batch=st.lists(items, max_size=8))
def test_it_gives_the_same_answers_twice_and_one_by_one(name: str, batch: list[ScoringItem]) -> None:
    backend = backend_make(name, CONFIGS[name]())
    answers = backend.score(batch)

    assert answers == backend_make(name, CONFIGS[name]()).score(batch)
    for answer, item in zip(answers, batch, strict=True):
        assert backend.score([item]) == [pytest.approx(answer, abs=ROUNDING) if answer else None]


@every_backend
@given(batch=st.lists(items, max_size=8))
def test_as_a_stream_it_gives_each_item_the_same_answer_once(name: str, batch: list[ScoringItem]) -> None:
    backend = backend_make(name, CONFIGS[name]())
    streamed = sorted(backend.stream(batch), key=lambda one: one[0])

    assert [at for at, _ in streamed] == list(range(len(batch)))
    for (_, answer), whole in zip(streamed, backend.score(batch), strict=True):
        assert answer == (whole if whole is None else pytest.approx(whole, abs=ROUNDING))


@every_backend
def test_it_scores_some_item(name: str) -> None:
    item = ScoringItem("What is 1 + 1?", ("It is 2.", "So 2."), recorded=(0.5, 0.75))

    assert backend_make(name, CONFIGS[name]()).score([item]) != [None]


@every_backend
def test_it_takes_an_empty_batch(name: str) -> None:
    assert backend_make(name, CONFIGS[name]()).score([]) == []


@every_backend
def test_it_refuses_an_unknown_key_and_names_it_and_those_it_knows(name: str) -> None:
    with pytest.raises(BadConfig, match="'colour'") as refused:
        backend_make(name, CONFIGS[name]() | {"colour": "red"})

    assert all(repr(key) in str(refused.value) for key in CONFIGS[name]())


@every_backend
@pytest.mark.parametrize("odd", ["\0", "\ud800"])
def test_it_refuses_a_text_that_cannot_be_stored(name: str, odd: str) -> None:
    config = CONFIGS[name]()
    for key in [key for key, value in config.items() if isinstance(value, str)]:
        with pytest.raises(BadConfig, match=f"The backend '{name}': {key}: holds"):
            backend_make(name, {**config, key: f"{config[key]}{odd}"})


@pytest.mark.parametrize("name", ["transformers", "vllm"])
def test_a_path_that_no_file_system_takes_is_refused(name: str) -> None:
    config = {"path": "x" * 5_000} | ({"url": "http://gpu-1", "model": "m"} if name == "vllm" else {})
    with pytest.raises(BadConfig, match=f"The backend '{name}': .*File name too long"):
        backend_make(name, config)


@every_backend
def test_it_knows_its_own_name_and_states_its_precision(name: str) -> None:
    backend = backend_make(name, CONFIGS[name]())

    assert backend.name == name
    assert backend.precision


@every_backend
def test_it_has_a_heading_in_the_guide(name: str) -> None:
    guide = Path(__file__).parents[2] / "docs" / "backends.md"

    assert f"## {name}" in guide.read_text(encoding="utf-8").splitlines()


def test_an_unknown_backend_is_refused_with_the_names_of_those_there_are() -> None:
    with pytest.raises(
        BadConfig, match="no backend 'oracle'; there are: constant, embedded, recorded, transformers, vllm"
    ):
        backend_make("oracle", {})


@pytest.mark.parametrize("value", [-0.1, 1.1, math.nan, "0.5", True, None])
def test_constant_refuses_what_is_no_probability(value: object) -> None:
    with pytest.raises(BadConfig, match="number from 0 to 1"):
        backend_make("constant", {"value": value})


def test_constant_gives_its_value_to_each_step() -> None:
    assert backend_make("constant", {"value": 0.25}).score([ScoringItem("p", ("a", "b"))]) == [(0.25, 0.25)]


@pytest.mark.parametrize("config", [{}, {"scorer": ""}, {"scorer": 7}])
def test_recorded_refuses_a_configuration_without_a_scorer(config: dict[str, object]) -> None:
    with pytest.raises(BadConfig, match="scorer's name"):
        backend_make("recorded", config)


def test_recorded_gives_back_what_was_recorded_and_nothing_where_it_does_not_fit_the_steps() -> None:
    recorded = backend_make("recorded", {"scorer": "qwen_prm"})
    fits, none, short = (ScoringItem("p", ("a", "b"), scores) for scores in ((0.5, 0.75), None, (0.5,)))

    assert recorded.recorded_scorer == "qwen_prm"
    assert recorded.score([fits, none, short]) == [(0.5, 0.75), None, None]

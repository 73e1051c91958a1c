"""The embedded PRM as a model: features, trees, training, files."""

import io
import json
import math
import pickle
import zipfile
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score

from labelling.prm.embedded import training
from labelling.prm.embedded.examples import Example, merged, pieces
from labelling.prm.embedded.features import FEATURE_NAMES, context_after, context_of, step_of
from labelling.prm.embedded.metrics import auc, bootstrap, ece
from labelling.prm.embedded.model import Model
from labelling.prm.embedded.storage import BadModelFile, model_load, model_save
from labelling.prm.embedded.training import TooFewLabels, table_of, train
from labelling.prm.embedded.trees import trees_of
from tests.prm.sums import small_model, sums


@pytest.fixture(scope="module")
def stack() -> Model:
    """The model for many labels, which a lower bar gives on few."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "FEW", 100)
        return train(sums(80))


def features(problem: str, *steps: str) -> dict[str, float]:
    """Of the last step, after the others."""
    context = context_of(problem)
    for text in steps[:-1]:
        context = context_after(context, step_of(text, context))
    return dict(zip(FEATURE_NAMES, step_of(steps[-1], context).features, strict=True))


def test_numbers_are_told_by_where_they_come_from() -> None:
    found = features("Tom has 17 pens.", "He buys 30: 17 + 30 = 47.", "He loses 61 of 47 and 17.")

    assert (found["given"], found["from_earlier"], found["nowhere"]) == (1, 1, 1)
    assert features("Tom has 17 pens.", "17 + 17 = 34")["made"] == 1


def test_a_false_equation_is_remembered_in_the_steps_after_it() -> None:
    assert features("?", "2 + 2 = 5", "So it is 5.")["false_before"] == 1


def test_looking_at_a_step_does_not_change_its_context() -> None:
    context = context_of("Find $x$ with $2x = 6$.")
    first = step_of("$x = 4$", context).features

    assert step_of("$x = 3$", context).features != first
    assert step_of("$x = 4$", context).features == first


@given(st.text(), st.lists(st.text(), min_size=1, max_size=4))
def test_every_text_has_finite_features(problem: str, steps: list[str]) -> None:
    assert all(map(math.isfinite, features(problem, *steps).values()))


@pytest.mark.parametrize("depth", [2, 6])
def test_the_trees_give_what_scikit_learn_gives(depth: int) -> None:
    random = np.random.default_rng(depth)
    rows = random.normal(size=(600, 5)).round(1)
    target = rows[:, 0] * rows[:, 1] + random.normal(size=600) > 0
    fitted = HistGradientBoostingClassifier(max_iter=30, max_depth=depth, random_state=0).fit(rows, target)

    other = random.normal(size=(400, 5)).round(1)
    mine = 1 / (1 + np.exp(-trees_of(fitted).log_odds(other)))

    np.testing.assert_allclose(mine, fitted.predict_proba(other)[:, 1], rtol=0, atol=1e-12)


def test_few_labels_make_a_logistic_regression_that_finds_slips() -> None:
    model = small_model()
    unseen = sums(20, seed=1)

    scores = model.score([(one.problem, (*one.before, one.text)) for one in unseen])
    right = auc(np.array([one.target > 0 for one in unseen]), np.array([steps[-1] for steps in scores]))

    assert model.trees is None
    assert model.facts["kind"] == "logistic regression"
    assert (model.facts["steps"], model.facts["problems"]) == (240, 30)
    assert right > 0.95


def test_many_labels_make_a_stack_that_scores_alone_as_in_a_batch(stack: Model) -> None:
    solutions = [(one.problem, (*one.before, one.text)) for one in sums(20, seed=1)]
    scores = stack.score(solutions)

    assert stack.trees is not None
    assert stack.facts["kind"] == "stack"
    assert scores == [stack.score([solution])[0] for solution in solutions]
    assert stack.facts["auc"] > 0.95


def test_a_step_of_many_sentences_is_as_good_as_all_of_them_together() -> None:
    model = small_model()
    long = "They want to know the worth. " * 4
    problem, good, bad = "Ann has 12 eggs.", f"12 + 30 = 42. {long}Ok.", f"12 + 30 = 43. {long}Ok."

    (good_score, bad_score) = (model.score([(problem, (text,))])[0][0] for text in (good, bad))

    assert len(pieces(good, model.limit)) > 1
    assert bad_score < good_score < model.score([(problem, ("12 + 30 = 42.",))])[0][0]
    assert " ".join(pieces(good, model.limit)) == good


def test_the_heads_lie_apart_within_bounds() -> None:
    (spread,) = small_model().spread([("Ann has 12 eggs.", ("12 + 30 = 42 eggs.", "Colourless ideas sleep: 7 = x."))])

    assert len(spread) == 2
    assert all(0 < value <= 0.5 for value in spread)


def test_the_same_labels_in_any_order_make_the_same_model() -> None:
    examples = sums(8)
    one, other = train(examples), train(examples + examples[:3], seed=0)

    assert one.facts == other.facts
    assert train(sums(8, seed=2)).facts["data_sha256"] != one.facts["data_sha256"]


def test_repeated_labels_are_merged_by_their_mean() -> None:
    examples = [Example("p", (), "s", target) for target in (1.0, 0.0, 1.0, 1.0)]

    assert merged(examples) == [Example("p", (), "s", 0.75)]


def test_spellings_of_one_problem_stand_on_one_side_of_a_fold() -> None:
    """Else the out-of-fold figures would be flattered by steps that were trained on."""
    spelt = [replace(one, problem=one.problem.replace(" ", "  ")) for one in sums(4)]
    table = table_of(merged([*sums(4), *spelt]))

    assert len(set(table.problem)) == 4


@pytest.mark.parametrize(
    ("examples", "message"),
    [
        ([], "no labelled step"),
        (sums(2), "Labels of 2 problems are too few"),
        ([one for one in sums(9) if one.target], "labelled wrong are needed"),
    ],
)
def test_too_few_labels_are_refused(examples: list[Example], message: str) -> None:
    with pytest.raises(TooFewLabels, match=message):
        train(examples)


def test_auc_is_scikit_learn_s_with_ties_and_ece_is_nought_for_true_probabilities() -> None:
    random = np.random.default_rng(0)
    score = random.random(20_000).round(2)
    target = random.random(20_000) < score

    assert auc(target, score) == pytest.approx(roc_auc_score(target, score))
    assert ece(target.astype(float), score) < 0.02
    assert ece(target.astype(float), np.clip(score + 0.2, 0, 1)) > 0.15
    assert math.isnan(auc(np.array([True]), np.array([0.5])))


def test_the_bootstrap_draws_whole_problems() -> None:
    low, high = bootstrap(["a", "a", "b"], lambda rows: float(len(rows)), seed=0)

    assert (low, high) == (2, 4)


@pytest.mark.parametrize("kind", ["small", "stack"])
def test_a_model_comes_back_from_its_files_the_same(kind: str, stack: Model, tmp_path: Path) -> None:
    model = stack if kind == "stack" else small_model()
    digest = model_save(model, tmp_path)
    solutions = [(one.problem, (*one.before, one.text)) for one in sums(5, seed=3)]

    assert model_save(model, tmp_path) == digest
    assert model_load(tmp_path, digest).score(solutions) == model.score(solutions)
    assert [path.name for path in tmp_path.iterdir()] == [digest]


def forged(folder: Path, *, meta: bytes, weights: bytes) -> str:
    """Files of one's own making, under the digest that is right for them."""
    digest = sha256((sha256(meta).hexdigest() + sha256(weights).hexdigest()).encode()).hexdigest()
    (folder / digest).mkdir()
    (folder / digest / "model.json").write_bytes(meta)
    (folder / digest / "weights.npz").write_bytes(weights)
    return digest


def packed(arrays: dict[str, Any]) -> bytes:
    content = io.BytesIO()
    np.savez(content, **arrays)
    return content.getvalue()


def changed_meta(**more: Any) -> Callable[[dict[str, Any], dict[str, Any]], None]:
    return lambda meta, _: meta.update(more)


def changed_array(name: str, array: Any) -> Callable[[dict[str, Any], dict[str, Any]], None]:
    return lambda _, arrays: arrays.update({name: array})


def far(meta: dict[str, Any], arrays: dict[str, Any]) -> None:
    arrays["tree_left"] = arrays["tree_left"] + 10**6


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (changed_meta(format="other"), "no model of this kind"),
        (changed_meta(feature_version=0), "feature_version"),
        (changed_meta(features=["length"]), "other features"),
        (changed_meta(bias="0"), "'bias' needs a number"),
        (changed_meta(stack=[1]), "'stack' needs 4 numbers"),
        (changed_meta(stack=[1, 1, 1, "0"]), "'stack' needs a number"),
        (changed_meta(roles={"bias": None}), "roles' bias"),
        (changed_array("roles_weights", np.zeros(3)), "'roles_weights' needs"),
        (changed_array("roles_grams", np.zeros(3, dtype=np.float32)), "'roles_grams' needs"),
        (changed_meta(limit=0), "'limit'"),
        (changed_meta(trees={"base": 0.0, "depth": 10**9}), "depth"),
        (changed_array("scale", np.zeros(len(FEATURE_NAMES))), "above 0"),
        (changed_array("weights", np.zeros(3)), "figures"),
        (changed_array("weights", np.full(len(FEATURE_NAMES), np.nan)), "no finite number"),
        (changed_array("mean", np.zeros(len(FEATURE_NAMES), dtype=int)), "type"),
        (far, "points outside"),
    ],
)
def test_a_file_that_is_no_such_model_is_refused(
    change: Callable[[dict[str, Any], dict[str, Any]], None], message: str, stack: Model, tmp_path: Path
) -> None:
    digest = model_save(stack, tmp_path)
    meta = json.loads((tmp_path / digest / "model.json").read_text(encoding="utf-8"))
    with np.load(tmp_path / digest / "weights.npz") as content:
        arrays = dict(content)
    change(meta, arrays)
    hostile = forged(tmp_path, meta=json.dumps(meta).encode(), weights=packed(arrays))

    with pytest.raises(BadModelFile, match=message):
        model_load(tmp_path, hostile)


def test_a_pickle_is_never_read(tmp_path: Path) -> None:
    meta = (tmp_path / model_save(small_model(), tmp_path) / "model.json").read_bytes()
    objects = packed({"mean": np.array([{"a": 1}], dtype=object)})

    for weights in (objects, pickle.dumps({"mean": 1}), b"", b"PK\x03\x04"):
        with pytest.raises(BadModelFile, match="no archive of plain arrays"):
            model_load(tmp_path, forged(tmp_path, meta=meta, weights=weights))


def test_a_small_archive_of_huge_arrays_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    meta = (tmp_path / model_save(small_model(), tmp_path) / "model.json").read_bytes()
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mean.npy", bytes(70 * 2**20))

    with pytest.raises(BadModelFile, match="unpacks to more"):
        model_load(tmp_path, forged(tmp_path, meta=meta, weights=content.getvalue()))


def test_changed_missing_and_misnamed_files_are_refused(tmp_path: Path) -> None:
    digest = model_save(small_model(), tmp_path)
    meta = tmp_path / digest / "model.json"
    meta.write_text(meta.read_text(encoding="utf-8").replace('"limit": ', '"limit": 1'), encoding="utf-8")

    with pytest.raises(BadModelFile, match="were changed"):
        model_load(tmp_path, digest)
    with pytest.raises(BadModelFile, match="No such file"):
        model_load(tmp_path, "0" * 64)
    for name in ("../" + digest, digest[:-1], "", digest + "\n"):
        with pytest.raises(BadModelFile, match="64 hexadecimal digits"):
            model_load(tmp_path, name)


def test_looking_in_several_processes_gives_the_same_table(monkeypatch: pytest.MonkeyPatch) -> None:
    examples = merged(sums(6))
    alone = table_of(examples)
    monkeypatch.setattr(training, "CHUNK", 10)
    told: list[int] = []

    split = table_of(examples, lambda *stage_done_total: told.append(stage_done_total[1]))

    np.testing.assert_array_equal(split.rows, alone.rows)
    for name in ("words", "runs", "formulas"):
        one, other = getattr(split.grams, name), getattr(alone.grams, name)
        assert (one.columns.tolist(), one.starts.tolist()) == (other.columns.tolist(), other.starts.tolist())
    assert told == [0, 16, 32, 48]


def test_a_part_that_only_misleads_gets_no_weight() -> None:
    random = np.random.default_rng(0)
    target = random.random(4000) < 0.5
    good = np.where(target, 1.0, -1.0) + random.normal(size=4000)
    stack = training._stack(np.stack([good, -good + random.normal(size=4000) * 0.1, 2 * good], axis=1), target)

    assert len(stack) == 4
    assert stack[1] == 0
    assert min(stack[:3]) >= 0
    assert stack[0] + 2 * stack[2] == pytest.approx(2, abs=0.2)  # the true slope: the log-odds of two normals


def test_a_table_s_part_keeps_its_rows_together() -> None:
    table = table_of(merged(sums(4)))
    part = table.part(table.problem == 2)

    assert len(part.rows) == len(part.grams.words.sizes) == len(part.grams.formulas.sizes) == len(part.target) == 8
    assert replace(part, words=part.words).problem.tolist() == [2] * 8

"""The raw tables of reward models and scores, as an operator sees them."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from labelling.people.models import User
from labelling.prm.models import ModelVersion, RewardModel
from tests.factories import ModelVersionFactory, ScoreFactory


@pytest.fixture
def admin(client: Client, operator: User) -> Client:
    client.force_login(operator)
    return client


def queries(admin: Client, name: str) -> int:
    page = reverse(f"admin:{name}_changelist")
    assert admin.get(page).status_code == 200  # the first page of a session stores its CSRF token, too
    with CaptureQueriesContext(connection) as captured:
        admin.get(page)
    return len(captured)


@pytest.mark.parametrize("name", ["prm_rewardmodel", "prm_modelversion", "prm_score"])
def test_a_list_of_many_rows_takes_no_more_queries_than_one_of_few(admin: Client, name: str) -> None:
    ScoreFactory.create_batch(2)
    few = queries(admin, name)
    ScoreFactory.create_batch(8)

    assert queries(admin, name) == few


def test_a_score_can_be_looked_at_but_not_changed_deleted_or_added(admin: Client) -> None:
    score = ScoreFactory.create()

    page = reverse("admin:prm_score_change", args=[score.pk])
    assert admin.get(page).status_code == 200
    assert admin.post(page, {"solution_score": "1"}).status_code == 403
    assert admin.post(reverse("admin:prm_score_delete", args=[score.pk]), {"post": "yes"}).status_code == 403
    assert admin.get(reverse("admin:prm_score_add")).status_code == 403


def test_a_version_is_history_once_it_has_scored(admin: Client) -> None:
    used, unused = ScoreFactory.create().version, ModelVersionFactory.create()
    change = {"model": unused.model_id, "number": "7", "config": '{"value": 0.1}'}

    assert admin.post(reverse("admin:prm_modelversion_change", args=[used.pk]), change).status_code == 403
    assert admin.post(reverse("admin:prm_modelversion_delete", args=[used.pk]), {"post": "yes"}).status_code == 403
    assert admin.post(reverse("admin:prm_modelversion_change", args=[unused.pk]), change).status_code == 302
    assert ModelVersion.objects.get(pk=unused.pk).config == {"value": 0.1}


def test_a_version_that_its_backend_refuses_is_not_stored(admin: Client) -> None:
    version = ModelVersionFactory.create()
    page = reverse("admin:prm_modelversion_change", args=[version.pk])

    for config, told in (
        ('{"colour": "red"}', "does not know"),
        ("[1]", "is a JSON object"),
        ("null", "is a JSON object"),
    ):
        answer = admin.post(page, {"model": version.model_id, "number": "1", "config": config})
        assert answer.status_code == 200
        assert told in answer.content.decode()
    assert ModelVersion.objects.get().config == {}


@pytest.mark.parametrize("name", ["a\u202eb", "a\x01b", "a\x85b"])
def test_a_name_that_would_break_a_picture_or_turn_a_page_round_is_refused(name: str, admin: Client) -> None:
    add = {"name": name, "backend": "constant", "reduction": "min", "objective": "process"}
    answer = admin.post(reverse("admin:prm_rewardmodel_add"), add)

    assert answer.status_code == 200
    assert "holds printable characters only" in answer.content.decode()
    assert not RewardModel.objects.exists()


def test_a_models_backend_and_reduction_are_chosen_once(admin: Client) -> None:
    add = {"name": "flat", "backend": "constant", "reduction": "min", "objective": "process"}
    assert admin.post(reverse("admin:prm_rewardmodel_add"), add).status_code == 302
    model = RewardModel.objects.get()

    page = reverse("admin:prm_rewardmodel_change", args=[model.pk])
    assert admin.post(page, {"name": "level", "backend": "recorded", "reduction": "product"}).status_code == 302

    model.refresh_from_db()
    assert (model.name, model.backend, model.reduction) == ("level", "constant", "min")

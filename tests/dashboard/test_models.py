"""The page of reward models: their versions and the figures kept with them."""

from io import StringIO

from django.core.management import call_command
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from labelling.prm.services import model_register
from tests.dashboard.test_pages import text_of
from tests.factories import ProblemFactory, RecordedScoreFactory, SampleFactory, SolutionFactory

PAGE = "/models/"


def evaluated(*scorers: str) -> None:
    for problem in ProblemFactory.create_batch(3):
        for verdict in ("right", "wrong"):
            solution = SolutionFactory.create(problem=problem, verdict=verdict)
            SampleFactory.create(solution=solution)
            for scorer in scorers:
                RecordedScoreFactory.create(solution=solution, scorer=scorer, step_scores=[0.5, 0.75, 1.0])
    for scorer in scorers:
        call_command("evaluate_prm", best_of_n=True, model=[scorer], stdout=StringIO())


def test_without_models_it_says_how_to_get_one(as_owner: Client) -> None:
    text = text_of(as_owner.get(PAGE))

    assert "manage.py train_prm DATASET --name NAME" in text
    assert "manage.py evaluate_prm --best-of-n --model NAME" in text


def test_versions_on_the_same_samples_share_a_table_and_a_drawing(as_owner: Client) -> None:
    evaluated("qwen_prm", "shepherd")
    response = as_owner.get(PAGE)
    text, page = text_of(response), response.content.decode()

    assert page.count("<svg") == 1
    assert "qwen_prm v1, product its own .500 1.000 1.000–1.000" in text
    assert "shepherd v1, weighted vote" in text
    assert "style=" not in page.split("<main")[1]
    assert "<style" not in page


def test_hostile_names_stay_text(as_owner: Client) -> None:
    model_register(name="<b>&bold", backend="constant", config={})

    assert "&lt;b&gt;&amp;bold v1" in as_owner.get(PAGE).content.decode()


def test_it_costs_the_same_with_many(as_owner: Client, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    evaluated(*(f"scorer-{at}" for at in range(6)))
    with django_assert_max_num_queries(7):
        as_owner.get(PAGE)

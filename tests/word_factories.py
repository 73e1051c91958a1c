"""Rows of what raters say beside their judgements, for tests (see ``factories.py``)."""

# mypy: disable-error-code="no-untyped-call"

import uuid
from typing import Any

from factory import declarations as declare
from factory.django import DjangoModelFactory

from labelling.rating import models as rating
from tests.factories import NOON, AssignmentFactory, UserFactory


class LeadQuestionFactory(DjangoModelFactory[rating.LeadQuestion]):
    """A question about the second step; answer it with ``answered=True``."""

    class Meta:
        model = rating.LeadQuestion

    class Params:
        answered = declare.Trait(
            answer="Take it as one step.", answered_at=NOON, answered_by=declare.SubFactory(UserFactory)
        )

    uuid = declare.LazyFunction(uuid.uuid4)
    assignment = declare.SubFactory(AssignmentFactory)
    campaign = declare.SelfAttribute("assignment.campaign")
    rater = declare.SelfAttribute("assignment.rater")
    kind = "question"
    step = 1
    text = "Is this one step or two?"


class ReferenceReportFactory(DjangoModelFactory[rating.ReferenceReport]):
    class Meta:
        model = rating.ReferenceReport

    uuid = declare.LazyFunction(uuid.uuid4)
    assignment = declare.SubFactory(AssignmentFactory)
    campaign = declare.SelfAttribute("assignment.campaign")
    problem = declare.SelfAttribute("assignment.solution.problem")
    rater = declare.SelfAttribute("assignment.rater")
    shown = declare.SelfAttribute("problem.reference_answer")
    note = "Twice four is eight, and the answer says nine."
    updated_at = NOON


class KeyMapFactory(DjangoModelFactory[rating.KeyMap]):
    class Meta:
        model = rating.KeyMap

    rater = declare.SubFactory(UserFactory)
    keys: Any = declare.LazyFunction(lambda: {"negative": ["a"]})

"""Annotations and samples out of the database by binary COPY: as fast as PostgreSQL sends them, in flat memory."""

import json
import re
from collections.abc import Collection, Generator, Sequence
from contextlib import closing
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final, NamedTuple

from django.db import connection
from django.db.models import (
    BigIntegerField,
    BooleanField,
    F,
    OuterRef,
    Q,
    Subquery,
    TextField,
    Value,
)
from django.db.models.expressions import ExpressionWrapper
from django.db.models.functions import Cast

from exports.formats import PRM800K, line_of
from exports.records import as_row
from exports.selectors import Annotations
from labelling.corpus.models import Sample

_LABELER: Final = re.compile(rb'\{"labeler": ("(?:[^"\\]|\\.)*")')


class Found(NamedTuple):
    """An annotation. ``goes_on``: steps are rated behind its first error. The rest where it was asked for."""

    pk: int
    document: bytes
    pseudonym: str
    first_error: int | None
    goes_on: bool
    verdict: str | None
    generator: str | None
    notes: str | None


def annotations(chosen: Annotations, needs: Collection[str]) -> Generator[Found]:
    """In the order in which they were stored. ``needs``: facts as in ``exports.formats.base.Fact``."""
    first = Sample.objects.filter(solution=OuterRef("solution")).order_by("pk").values("generator")[:1]
    columns: dict[str, Any] = {
        "_first_error": Cast("first_error", BigIntegerField()),
        "_goes_on": ExpressionWrapper(
            Q(first_error__isnull=False, step_ratings__len__gt=F("first_error") + 1), BooleanField()
        ),
        "_verdict": Cast("solution__verdict", TextField()) if "verdict" in needs else Value(None, TextField()),
        "_generator": Cast(Subquery(first), TextField()) if "generator" in needs else Value(None, TextField()),
        "_notes": Cast("notes", TextField()) if "notes" in needs else Value(None, TextField()),
    }
    rows = chosen.order_by("pk").annotate(**columns)
    listed: Any = rows  # with columns that the type checker does not see
    query = listed.values_list("pk", "rater__pseudonym", "_first_error", "_goes_on", "_verdict", "_generator", "_notes")
    statement, parameters = query.query.sql_with_params()
    types = ("int8", "bytea", "varchar", "int8", "bool", "text", "text", "text")  # a text's UTF-8 as it is sent
    with closing(copied(_WITH_DOCUMENTS.format(statement), parameters, types)) as found:
        yield from map(Found._make, found)


#: What is chosen is put in order first, without the documents: sorted with them, they would go through temporary files.
_WITH_DOCUMENTS: Final = """
SELECT c.pk, a.document, c.pseudonym, c.first_error, c.goes_on, c.verdict, c.generator, c.notes
FROM ({} OFFSET 0) AS c (pk, pseudonym, first_error, goes_on, verdict, generator, notes)
JOIN rating_annotation a ON a.id = c.pk ORDER BY c.pk
"""


def copied(statement: str, parameters: Any, types: Sequence[str]) -> Generator[tuple[Any, ...]]:
    """The rows of a query whose columns have these types.

    Whoever stops early has to close it: until then the connection can do nothing else, not even roll back.
    """
    compose: Any = connection.ops
    query = compose.compose_sql(statement, parameters)  # Django's own copy() takes no parameters
    copying = f"COPY ({query}) TO STDOUT (FORMAT BINARY)"
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(copying) as copy:
        copy.set_types(types)
        yield from copy.rows()


def with_labeler(document: bytes, labeler: str) -> bytes:
    """The document under another name of its rater, otherwise byte for byte. Raises ``exports.records.BadRecord``.

    Where its bytes begin as this project and PRM800K write them, nothing else of it is read.
    """
    name, found = _encoded(labeler), _LABELER.match(document)
    if found is None:
        return line_of(as_row(replace(PRM800K.record(document.decode()), labeler=labeler)))
    return document if found[1] == name else b"".join((b'{"labeler": ', name, document[found.end() :]))


@lru_cache(maxsize=1_000)
def _encoded(text: str) -> bytes:
    return json.dumps(text, ensure_ascii=False).encode()

"""PRM800K's own JSON Lines: one labelled solution a line. Source: PRM800K's README, "Data format"."""

import json
import math
from collections.abc import Iterator
from typing import Any, NoReturn

from exports.records import BadRecord, Record, as_row, record_from_row


class Prm800k:
    name = "prm800k"
    description = "PRM800K's rows: question, every judged step with its candidates, rater, time and finish reason."
    takes_documents = True

    def write(self, record: Record) -> Iterator[str]:
        yield json.dumps(as_row(record), ensure_ascii=False)

    def read(self, line: str) -> Record:
        """Ratings of null, steps of nulls and unknown keys are kept; what two readers could see differently is not."""
        try:
            row = json.loads(line, object_pairs_hook=_object, parse_constant=_no_number, parse_float=_finite)
        except BadRecord:
            raise
        except (ValueError, RecursionError) as error:  # also numbers of thousands of digits, and nesting without end
            raise BadRecord("", f"is not JSON: {error}") from None
        if "\\ud" in line or "\\uD" in line:
            _check_surrogates(row)
        return record_from_row(row)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    row = dict(pairs)
    if len(row) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise BadRecord(twice, "stands twice in one object")
    return row


def _no_number(constant: str) -> NoReturn:
    raise BadRecord("", f"holds {constant}, which is no finite number")


def _finite(digits: str) -> float:
    number = float(digits)
    return number if math.isfinite(number) else _no_number(digits)


def _check_surrogates(row: object) -> None:
    try:
        json.dumps(row, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise BadRecord("", f"holds half a surrogate pair: {error.reason}") from None

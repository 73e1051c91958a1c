"""What the numbers of a step are: roles, and the grams made of them."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from labelling.prm.embedded import roles
from labelling.prm.embedded.equations import check
from labelling.prm.embedded.features import context_after, context_of, step_of
from labelling.prm.embedded.grams import BUCKETS, joined, lit, word_hash
from labelling.prm.embedded.reading import Context, read

TANK = "A tank holds $1134$ litres and contains $260$ litres of water. A pump brings in $43$, and $15\\%$ leak out."


def after(*steps: str) -> Context:
    context = context_of(TANK)
    for text in steps:
        context = context_after(context, step_of(text, context))
    return context


def formulas(text: str, context: Context) -> list[str]:
    step = read(text)
    lefts = check(step.tokens, context.known.copy()).lefts
    return list(roles._formulas(step, lefts, context, roles._roles(context)))


def test_numbers_are_named_by_where_they_come_from() -> None:
    context = after("The room left is $1134 - 260 = 874$.", "The gain is $43 - 5 = 38$.")

    assert formulas("It takes $874 / 38 = 23$ minutes.", context) == ["=/(r2,r1)"]
    assert formulas("It takes $1134 / 38 = 29.8$ minutes.", context) == ["=/(g1,r1)"]
    assert formulas(r"$\frac{0.15 \cdot 100}{2} = x$", context) == ["=/(*(g4%,n),2)"]


def test_a_sum_is_the_same_either_way_round_and_a_difference_is_not() -> None:
    assert formulas("$260 + 1134 = 1$", after()) == formulas("$1134 + 260 = 1$", after())
    assert formulas("$260 - 1134 = 1$", after()) != formulas("$1134 - 260 = 1$", after())


def test_an_answer_tells_what_it_left_unused() -> None:
    context = after("The room left is $1134 - 260 = 874$.")

    assert "unused 3 4" in formulas(r"So $\boxed{874}$.", context)
    assert "answer r1" in formulas(r"So $\boxed{874}$.", context)


def test_the_same_formula_is_another_gram_in_another_kind_of_problem() -> None:
    tank, other = (context_of(text) for text in (TANK, "Two people share $1134$ coins and $260$ notes."))
    one, two = (set(step_of("$1134 - 260 = 874$", context).roles.formulas) for context in (tank, other))

    assert one & two == {word_hash("=-(g1,g2)")}


@given(st.lists(st.lists(st.integers(0, 2**32 - 1), max_size=6), max_size=6), st.integers(1, 3))
def test_rows_light_the_same_alone_and_together(rows: list[list[int]], longest: int) -> None:
    together = lit(rows, longest=longest)
    alone = joined([lit([row], longest=longest) for row in rows]) if rows else together

    assert together.columns.tolist() == alone.columns.tolist()
    assert together.starts.tolist() == alone.starts.tolist()
    assert all(0 <= column < BUCKETS for column in together.columns)
    assert all(size <= len(row) * longest for size, row in zip(together.sizes, rows, strict=True))


@given(st.lists(st.lists(st.integers(0, 2**32 - 1), max_size=6), min_size=1, max_size=6), st.data())
def test_a_part_is_what_its_rows_light(rows: list[list[int]], data: st.DataObject) -> None:
    at = data.draw(st.lists(st.integers(0, len(rows) - 1), max_size=8))
    part, own = lit(rows).part(np.array(at, dtype=int)), lit([rows[one] for one in at])

    assert (part.columns.tolist(), part.starts.tolist()) == (own.columns.tolist(), own.starts.tolist())

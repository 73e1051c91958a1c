"""Batches of like length: nothing lost, nothing over the budget, little padding."""

from hypothesis import given
from hypothesis import strategies as st

from labelling.prm.checkpoints.batching import FEW, WASTE, batches_of, halved

lengths = st.lists(st.integers(1, 900), max_size=200)


@given(lengths=lengths, budget=st.integers(1, 20_000))
def test_each_is_in_one_batch_that_keeps_to_the_budget_and_wastes_little(lengths: list[int], budget: int) -> None:
    batches = batches_of(lengths, budget=budget)

    assert sorted(at for batch in batches for at in batch) == list(range(len(lengths)))
    for batch in batches:
        sizes = [lengths[at] for at in batch]
        computed = max(sizes) * len(sizes)
        assert len(batch) == 1 or computed <= budget
        assert computed <= FEW or len(batch) == 1 or computed - sum(sizes) <= WASTE * computed
    longest = [max(lengths[at] for at in batch) for batch in batches]
    assert longest == sorted(longest, reverse=True)


@given(lengths=lengths, budget=st.integers(1, 5_000))
def test_halving_keeps_all_in_order_and_ends(lengths: list[int], budget: int) -> None:
    batches = batches_of(lengths, budget=20_000)
    smaller = halved(batches, lengths, budget=budget)

    assert [at for batch in smaller for at in batch] == [at for batch in batches for at in batch]
    assert all(len(batch) == 1 or max(lengths[at] for at in batch) * len(batch) <= budget for batch in smaller)


def test_equal_lengths_fill_the_budget() -> None:
    assert [len(batch) for batch in batches_of([100] * 25, budget=1_000)] == [10, 10, 5]

"""Our Dawid-Skene beside crowd-kit's, which is installed with the ml tests only: the same answers on the same votes."""

import pytest

from labelling.review.consensus import UNSETTLED
from tests.review.test_consensus import crowd, settled

pytestmark = [pytest.mark.ml, pytest.mark.filterwarnings("ignore")]  # theirs are theirs


@pytest.mark.parametrize("seed", range(4))
def test_dawid_skene_says_what_crowd_kit_says(seed: int) -> None:
    pandas = pytest.importorskip("pandas")
    aggregation = pytest.importorskip("crowdkit.aggregation")
    votes, _ = crowd(seed, overlap=5)
    frame = pandas.DataFrame(votes, columns=["task", "worker", "label"])
    theirs = aggregation.OneCoinDawidSkene(n_iter=200).fit_predict(frame)
    ours = {item: answer for item, answer in settled("dawid-skene", votes).items() if answer != UNSETTLED}
    assert len(ours) > 0.95 * len(theirs)
    assert sum(theirs.loc[item] == answer for item, answer in ours.items()) > 0.98 * len(ours)

"""Selection strategies. To add one: a file here, a line in STRATEGIES, a heading in docs/strategies.md."""

from labelling.rounds.strategies.base import UNCONVINCING, Candidate, Need, Pick, Strategy
from labelling.rounds.strategies.budget import round_robin
from labelling.rounds.strategies.convincing_wrong import ConvincingWrong
from labelling.rounds.strategies.reference_hold import Agreement, AnswerCount, reference_doubt
from labelling.rounds.strategies.uniform import Uniform

# By name, the version that new rounds take; a line here adds one.
STRATEGIES: dict[str, Strategy] = {
    ConvincingWrong.name: ConvincingWrong(),
    Uniform.name: Uniform(),
}

__all__ = [
    "STRATEGIES",
    "UNCONVINCING",
    "Agreement",
    "AnswerCount",
    "Candidate",
    "Need",
    "Pick",
    "Strategy",
    "reference_doubt",
    "round_robin",
]

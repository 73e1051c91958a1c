"""Shapes of alternatives mode, for the API's OpenAPI description only: ``turn_validation.py`` does the checking."""

from rest_framework import serializers

RATING_HELP = "-1 negative, 0 neutral, 1 positive; null only where the candidate is flagged as unsure."


class Candidate(serializers.Serializer[None]):
    id = serializers.IntegerField()
    text = serializers.CharField()
    ends = serializers.BooleanField(help_text="With it the solution is complete, as far as its text tells.")


class PathStep(serializers.Serializer[None]):
    candidate = serializers.IntegerField(required=False, help_text="The id of the candidate that was gone on from.")
    own = serializers.CharField(required=False, help_text="Or the rater's own step.")


class TurnAsked(serializers.Serializer[None]):
    path = PathStep(many=True, help_text="The steps so far, one key each.")
    settle = serializers.BooleanField(required=False, help_text="Wait for no generator: take what is there.")
    again = serializers.BooleanField(required=False, help_text="Ask a generator that failed once more.")


class ShownTurn(serializers.Serializer[None]):
    key = serializers.UUIDField(help_text="Of the steps before; the same whenever they are the same.")
    candidates = Candidate(many=True)


class Turn(ShownTurn):
    waiting = serializers.BooleanField(help_text="A generator is being asked: ask again in a moment.")
    generator = serializers.CharField(
        allow_blank=True, help_text="`none`, `asked`, `done` or `failed`; empty: not needed."
    )
    message = serializers.CharField(allow_blank=True, help_text="Why there are no candidates.")


class JudgedCandidate(serializers.Serializer[None]):
    id = serializers.IntegerField()
    rating = serializers.ChoiceField(choices=[-1, 0, 1], allow_null=True, help_text=RATING_HELP)
    flagged = serializers.BooleanField(default=False)


class JudgedTurn(serializers.Serializer[None]):
    key = serializers.UUIDField(required=False)
    candidates = JudgedCandidate(many=True, help_text="All that were shown, in their order.")
    chosen = serializers.IntegerField(
        allow_null=True, required=False, help_text="The id of the one gone on from: rated 1, else 0 where none is."
    )
    own = serializers.CharField(allow_null=True, required=False, help_text="The rater's own step instead.")

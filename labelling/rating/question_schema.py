"""Shapes of the routes beside the hot path, for the OpenAPI description only."""

from rest_framework import serializers

from labelling.rating.keymaps import MOST_KEYS, NAMED
from labelling.rating.words import KINDS, LONGEST_NOTE, LONGEST_SHOWN, MOST_UUIDS

KEYS_HELP = f"Each action with 1 to {MOST_KEYS} keys: one printable character in lower case, or {', '.join(NAMED)}."


class Question(serializers.Serializer[None]):
    uuid = serializers.UUIDField(help_text="Made by the client; the same one again is the same question.")
    kind = serializers.ChoiceField(choices=list(KINDS))
    step = serializers.IntegerField(
        min_value=0, allow_null=True, required=False, help_text="0-based; required for a badly split step."
    )
    text = serializers.CharField(max_length=LONGEST_NOTE)


class Asked(serializers.Serializer[None]):
    question = serializers.UUIDField()


class Report(serializers.Serializer[None]):
    uuid = serializers.UUIDField(help_text="Made by the client; the same one again is the same report.")
    shown = serializers.CharField(max_length=LONGEST_SHOWN, help_text="The reference answer, as the item brought it.")
    note = serializers.CharField(max_length=LONGEST_NOTE)


class Reported(serializers.Serializer[None]):
    report = serializers.UUIDField()


class AnswerCounts(serializers.Serializer[None]):
    unread = serializers.IntegerField(min_value=0)
    waiting = serializers.IntegerField(min_value=0)


class Read(serializers.Serializer[None]):
    questions = serializers.ListField(child=serializers.UUIDField(), max_length=MOST_UUIDS)


class Unread(serializers.Serializer[None]):
    unread = serializers.IntegerField(min_value=0)


class Keys(serializers.Serializer[None]):
    keys = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()), allow_null=True, help_text=KEYS_HELP
    )

"""The API's shapes, for its OpenAPI description."""

from rest_framework import serializers

from exports.formats import FORMATS
from exports.requests import CONTAINERS, LONGEST_TEXT, UNFIT
from exports.splits import SALT, SPLITS, TEST_SHARE

HASH = "SHA-256 of the manifest: the snapshot's name."


class SnapshotLine(serializers.Serializer[None]):
    hash = serializers.CharField(help_text=HASH)
    title = serializers.CharField(allow_blank=True)
    format = serializers.ChoiceField(choices=list(FORMATS))
    split = serializers.ChoiceField(choices=SPLITS)
    rows = serializers.IntegerField()
    size = serializers.IntegerField(help_text="Bytes of all files.")
    created_at = serializers.DateTimeField()
    url = serializers.CharField(help_text="Its manifest.")


class Build(serializers.Serializer[None]):
    job = serializers.IntegerField()
    state = serializers.ChoiceField(choices=["queued", "running", "done", "failed"])
    done = serializers.IntegerField()
    total = serializers.IntegerField(allow_null=True)
    error = serializers.CharField(allow_blank=True)
    snapshot = serializers.CharField(allow_null=True, help_text="Its hash, once it is made.")
    url = serializers.CharField(help_text="Where to ask again.")


class SnapshotList(serializers.Serializer[None]):
    snapshots = SnapshotLine(many=True)
    builds = Build(many=True, help_text="Those that are not done.")


class SnapshotWanted(serializers.Serializer[None]):
    format = serializers.ChoiceField(choices=list(FORMATS))
    choices = serializers.DictField(
        child=serializers.CharField(max_length=LONGEST_TEXT),
        required=False,
        help_text="The format's own: see docs/formats.",
    )
    rounds = serializers.ListField(child=serializers.IntegerField(), required=False, allow_null=True)
    include = serializers.ListField(child=serializers.CharField(), required=False)
    simulated = serializers.BooleanField(default=True)
    split = serializers.ChoiceField(choices=SPLITS, default="all")
    test_share = serializers.FloatField(default=TEST_SHARE)
    salt = serializers.CharField(default=SALT, max_length=LONGEST_TEXT)
    container = serializers.ChoiceField(choices=CONTAINERS, default="lines")
    unfit = serializers.ChoiceField(choices=UNFIT, default="refuse")
    title = serializers.CharField(required=False, allow_blank=True, max_length=200)


class SnapshotFile(serializers.Serializer[None]):
    path = serializers.CharField()
    size = serializers.IntegerField()
    sha256 = serializers.CharField()
    url = serializers.CharField()


class SnapshotWhole(SnapshotLine):
    files = SnapshotFile(many=True)
    manifest = serializers.JSONField(help_text="As docs/snapshots.md describes it.")

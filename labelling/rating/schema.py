"""The API's shapes, for its OpenAPI description only: the hot path validates by hand (``validation.py``)."""

from rest_framework import serializers

RATING_HELP = "-1 negative, 0 neutral, 1 positive; null only where the step is flagged as unsure."


class StepText(serializers.Serializer[None]):
    text = serializers.CharField()


class LeaseProblem(serializers.Serializer[None]):
    text = serializers.CharField()
    reference_answer = serializers.CharField(allow_null=True)
    reference_solution = serializers.CharField(allow_null=True)


class JudgedStep(serializers.Serializer[None]):
    rating = serializers.ChoiceField(choices=[-1, 0, 1], allow_null=True, help_text=RATING_HELP)
    flagged = serializers.BooleanField(default=False)


class Draft(serializers.Serializer[None]):
    seq = serializers.IntegerField(min_value=0, help_text="Grows with each draft; an older one is refused.")
    steps = JudgedStep(many=True)
    total_time = serializers.IntegerField(min_value=0, help_text="Active time in milliseconds.")
    current = serializers.IntegerField(min_value=0)


class Lease(serializers.Serializer[None]):
    id = serializers.UUIDField()
    expires_at = serializers.DateTimeField()
    draft_url = serializers.CharField()
    submit_url = serializers.CharField()
    problem = LeaseProblem()
    steps = StepText(many=True)
    draft = Draft(allow_null=True)


class Offer(serializers.Serializer[None]):
    lease = Lease(allow_null=True)
    reason = serializers.ChoiceField(choices=["queue-empty", "guidelines", "no-campaign"], allow_null=True)
    message = serializers.CharField(allow_blank=True)


class Submit(serializers.Serializer[None]):
    uuid = serializers.UUIDField(help_text="Made by the client; the same one again is the same submit.")
    steps = JudgedStep(many=True, help_text="Up to and including the first -1.")
    finish_reason = serializers.ChoiceField(choices=["found_error", "solution", "give_up", "bad_problem"])
    reason = serializers.CharField(required=False, allow_blank=True)
    total_time = serializers.IntegerField(min_value=0, help_text="Active time in milliseconds.")


class Submitted(serializers.Serializer[None]):
    annotation = serializers.UUIDField()
    next = Lease(allow_null=True)
    reason = serializers.CharField(allow_null=True)
    message = serializers.CharField(allow_blank=True)

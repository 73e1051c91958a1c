"""The API's shapes, for its OpenAPI description only: the hot path validates by hand (``validation.py``)."""

from rest_framework import serializers

from labelling.rating import turn_schema
from labelling.rating.validation import ERROR_TYPES, NOTE_LIMITS

RATING_HELP = "-1 negative, 0 neutral, 1 positive; null only where the step is flagged as unsure."

STEP_TIMES_HELP = "Of the active time, what each step was being judged for; at most one entry for each of `steps`."

REASONS = ["queue-empty", "guidelines", "no-campaign", "paused", "quota", "screening-failed", "screening-missing"]


class Fault(serializers.Serializer[None]):
    code = serializers.CharField(help_text="What is wrong, in a word.")
    message = serializers.CharField()
    field = serializers.CharField(allow_null=True, help_text="Where, as in `steps[2].rating`.")


class Refusal(serializers.Serializer[None]):
    error = Fault()


class Text(serializers.Serializer[None]):
    text = serializers.CharField()


class StepText(Text):
    alternatives = Text(
        many=True, required=False, help_text="First-error mode: to be rated as well, where this is the failing step."
    )


class LeaseProblem(serializers.Serializer[None]):
    text = serializers.CharField()
    reference_answer = serializers.CharField(allow_null=True)
    reference_is_guess = serializers.BooleanField(help_text="It may be wrong: to be shown as the current guess.")
    reference_solution = serializers.CharField(allow_null=True)


class Judged(serializers.Serializer[None]):
    rating = serializers.ChoiceField(choices=[-1, 0, 1], allow_null=True, help_text=RATING_HELP)
    flagged = serializers.BooleanField(
        default=False, allow_null=True, help_text="Unsure; null where the client has no such mark."
    )


class ErrorNote(serializers.Serializer[None]):
    type = serializers.ChoiceField(choices=ERROR_TYPES, required=False, allow_blank=True)
    explanation = serializers.CharField(required=False, allow_blank=True, max_length=NOTE_LIMITS["explanation"])
    corrected = serializers.CharField(
        required=False, allow_blank=True, max_length=NOTE_LIMITS["corrected"], help_text="The step put right."
    )


class JudgedStep(Judged):
    alternatives = Judged(
        many=True, required=False, help_text="Of the failing step: one for each that the lease offers, in its order."
    )
    note = ErrorNote(required=False, allow_null=True, help_text="Of a step rated -1, where the campaign asks for it.")


class Draft(serializers.Serializer[None]):
    seq = serializers.IntegerField(min_value=0, help_text="Grows with each draft; an older one is refused.")
    steps = JudgedStep(many=True, required=False)
    turns = turn_schema.JudgedTurn(many=True, required=False, help_text="Alternatives mode, in the place of `steps`.")
    total_time = serializers.IntegerField(min_value=0, help_text="Active time in milliseconds.")
    step_times = serializers.ListField(
        child=serializers.IntegerField(min_value=0), required=False, help_text=STEP_TIMES_HELP
    )
    current = serializers.IntegerField(min_value=0)
    complete = serializers.BooleanField(
        required=False, help_text="Alternatives mode: the rater calls the run complete."
    )
    writing = serializers.CharField(required=False, allow_null=True, help_text="Alternatives mode: an own step begun.")


class Lease(serializers.Serializer[None]):
    id = serializers.UUIDField()
    expires_at = serializers.DateTimeField()
    draft_url = serializers.CharField()
    submit_url = serializers.CharField()
    skip_url = serializers.CharField()
    question_url = serializers.CharField()
    report_url = serializers.CharField()
    problem = LeaseProblem()
    steps = StepText(many=True, help_text="None in alternatives mode.")
    turn_url = serializers.CharField(required=False, help_text="Alternatives mode only, as the next.")
    turns = turn_schema.ShownTurn(many=True, required=False, help_text="What was shown so far.")
    draft = Draft(allow_null=True)


class Offer(serializers.Serializer[None]):
    held = serializers.ListField(
        child=serializers.UUIDField(), help_text="All leases that the rater holds, in the order to work through them."
    )
    leases = Lease(many=True, help_text="Those of them that this answer brings: of a claim all, of a submit new ones.")
    reason = serializers.ChoiceField(
        choices=REASONS, allow_null=True, help_text="Why none is held, or fewer than the campaign leases ahead."
    )
    message = serializers.CharField(allow_blank=True)


class Submit(serializers.Serializer[None]):
    uuid = serializers.UUIDField(help_text="Made by the client; the same one again is the same submit.")
    replaces = serializers.UUIDField(
        required=False, help_text="A correction: the UUID of the rater's own newest answer to this item."
    )
    steps = JudgedStep(
        many=True,
        required=False,
        help_text="First-error mode: up to and including the first -1; every step: all of them.",
    )
    turns = turn_schema.JudgedTurn(many=True, required=False, help_text="Alternatives mode, in the place of `steps`.")
    finish_reason = serializers.ChoiceField(choices=["found_error", "solution", "give_up", "bad_problem"])
    reason = serializers.CharField(required=False, allow_blank=True)
    total_time = serializers.IntegerField(min_value=0, help_text="Active time in milliseconds.")
    step_times = serializers.ListField(
        child=serializers.IntegerField(min_value=0), required=False, help_text=STEP_TIMES_HELP
    )


class Submitted(Offer):
    annotation = serializers.UUIDField()


class Given(serializers.Serializer[None]):
    uuid = serializers.UUIDField(help_text="What a correction names as `replaces`.")
    version = serializers.IntegerField(min_value=1)
    steps = JudgedStep(many=True, required=False)
    turns = turn_schema.JudgedTurn(many=True, required=False)
    finish_reason = serializers.CharField()
    reason = serializers.CharField(allow_blank=True)
    total_time = serializers.IntegerField(min_value=0)
    step_times = serializers.ListField(
        child=serializers.IntegerField(min_value=0), required=False, help_text=STEP_TIMES_HELP
    )


class Reopened(serializers.Serializer[None]):
    lease = Lease()
    answer = Given(allow_null=True)
    correctable = serializers.BooleanField()
    reason = serializers.CharField(allow_null=True, help_text="Why it can't be corrected, in a word.")


class SessionNow(serializers.Serializer[None]):
    rater = serializers.CharField(help_text="The pseudonym of who is signed in here now.")
    token = serializers.CharField(help_text="What `X-CSRFToken` must say from now on.")

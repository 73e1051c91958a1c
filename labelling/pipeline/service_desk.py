"""A simulated rater's desk without the web between: the same services that the API calls, and the same payloads."""

import uuid
from collections.abc import Mapping
from typing import Any

from labelling.people.models import User
from labelling.pipeline.simulation.work import Lease, Offer, SimulationFault
from labelling.rating.selectors import lease_payload
from labelling.rating.services import (
    Claim,
    SubmitConflict,
    annotation_submit_and_claim,
    draft_save,
    guideline_acknowledge,
    lease_claim,
)
from labelling.rating.tasks import drain_soon
from labelling.rounds.models import Campaign


class ServiceDesk:
    def __init__(self, *, rater: User, campaign: Campaign) -> None:
        self._rater = rater
        self._campaign = campaign

    def claim(self) -> Offer:
        return _offer(lease_claim(rater=self._rater, campaign=self._campaign.slug))

    def read_guidelines(self) -> None:
        guideline = self._campaign.guidelines.first()
        if guideline is not None:
            guideline_acknowledge(rater=self._rater, guideline=guideline)

    def draft(self, lease: Lease, document: Mapping[str, Any]) -> None:
        draft_save(rater=self._rater, campaign=self._campaign.slug, lease=uuid.UUID(lease["id"]), draft=document)

    def submit(self, lease: Lease, document: Mapping[str, Any]) -> Offer:
        try:
            outcome, following = annotation_submit_and_claim(
                rater=self._rater, campaign=self._campaign.slug, lease=uuid.UUID(lease["id"]), data=document
            )
        except SubmitConflict as conflict:  # a lead voided it meanwhile, or the like
            raise SimulationFault(f"{self._rater.username}: {conflict.message}") from conflict
        if outcome.told:
            drain_soon()
        return _offer(following)


def _offer(claim: Claim) -> Offer:
    leases = [lease_payload(row) for row in claim.shown]
    return {"held": [str(lease) for lease in claim.held], "leases": leases, "reason": claim.reason}

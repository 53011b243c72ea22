"""Groups: participants who share a `group_ref`, such as a family on one order, and whom the scan of one member may admit.

The scan of a member is decided as any other. After it, the rest of the group may be offered: an operator confirms once, and
each person is then decided by `rules.admission.decide` and has a row of their own. A group gives nobody a right that the person
would not have with an own ticket.
"""

from hub_sync.contract.enums import Direction, ScanResult, ScanType
from hub_sync.rules.admission import AdmissionAttempt
from hub_sync.rules.admission_result import Decision

LARGEST_GROUP = 50
"""The members of a larger group are scanned one by one: nobody at a gate can count them."""

MEMBER_ATTEMPT = AdmissionAttempt(ScanType.SEARCH, in_group=True)
"""The attempt of a member whose ticket was not shown: an entry, without an override."""


def may_lead_group(decision: Decision) -> bool:
    """Return True if the scan of a member lets an operator admit the rest of the group.

    The member enters, or is inside already: a parent who went ahead shows the ticket again for the children. Whoever is refused
    for another reason, such as a replaced ticket, leads nobody.
    """
    if decision.direction is not Direction.ENTRY or decision.participant_id is None:
        return False
    return decision.admits or decision.result is ScanResult.ALREADY_SCANNED

"""The rest of a person's group at a gate: whom a member's scan may bring in, and what happened to each of them."""

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum

from hardware.errors import RelayFault
from hardware.relay import DoorFault, PulseResult
from hub_sync.client.store import JournalRow, RosterParticipant, Store, StoreError
from hub_sync.rules.admission import Decision, DecisionContext, decide
from hub_sync.rules.groups import LARGEST_GROUP, MEMBER_ATTEMPT, may_lead_group
from hub_sync.rules.rules_from_rows import checkpoint_rules, event_rules
from kiosk_app.core.assignment import Assignment
from kiosk_app.core.gate_outcomes import outcome_after_pulse
from kiosk_app.core.waitlist.door import as_given
from kiosk_app.messages import GateOutcome, GroupMember, GroupOffer, GroupOutcome, Trouble


class GroupRelease(StrEnum):
    """The way in which a gate lets a group through."""

    EACH = "each"
    """One pulse a person: a turnstile."""
    ONCE = "once"
    """One pulse for all: a door that stays open until they are through."""


STOPPED = PulseResult(False, error_message="The station was stopped.", fault=DoorFault(RelayFault.CLOSED))
"""The pulse of a member for whom the station had no time."""


def find_group_offer(
    store: Store,
    assignment: Assignment,
    leader: RosterParticipant | None,
    decision: Decision,
    moment: DecisionContext,
) -> GroupOffer | None:
    """Return the rest of the group after a member's scan, or None if there is none that this scan may lead.

    Raises:
        StoreError: the roster could not be read.
    """
    if leader is None or not leader.group_ref or not may_lead_group(decision):
        return None
    people = store.roster.find_group(leader.group_ref, LARGEST_GROUP + 1)
    if len(people) > LARGEST_GROUP:
        return GroupOffer(leader.group_ref, too_large=True)
    members = tuple(
        GroupMember(
            person.id,
            person.name,
            person.code,
            person.category,
            decide_member(store, assignment, person, moment),
        )
        for person in people
        if person.id != leader.id
    )
    return GroupOffer(leader.group_ref, members) if members else None


def decide_member(
    store: Store, assignment: Assignment, person: RosterParticipant, moment: DecisionContext
) -> Decision:
    """Decide for a member of a group whose ticket nobody showed.

    Raises:
        StoreError: the store could not be read.
    """
    person = as_given(store, assignment.event.id, person)
    return decide(
        MEMBER_ATTEMPT,
        event_rules(assignment.event),
        checkpoint_rules(assignment.checkpoint),
        person.person,
        store.presence.get(person.id, assignment.checkpoint.zone, assignment.event.id),
        moment,
    )


def written_group(outcomes: Sequence[GateOutcome], rows: Sequence[JournalRow]) -> GroupOutcome:
    """Return the outcome of members whose rows are on disk, before anybody is let through."""
    return GroupOutcome(
        tuple(replace(each, sequence=row.sequence) for each, row in zip(outcomes, rows, strict=True))
    )


def unwritten_group(outcomes: Sequence[GateOutcome], failure: StoreError) -> GroupOutcome:
    """Return the outcome of members none of whom could be written: nobody is let in."""
    return GroupOutcome(
        tuple(
            replace(
                each,
                row_id="",
                trouble=Trouble.NOT_WRITTEN,
                trouble_sentence=str(failure),
                fault=failure.fault,
            )
            for each in outcomes
        )
    )


def released_group(group: GroupOutcome, pulses: Sequence[PulseResult | None]) -> GroupOutcome:
    """Return the outcome after the pulses: one for each member in order, None for whoever was not admitted."""
    outcomes = tuple(
        each if each.sequence is None else outcome_after_pulse(each, each.sequence, pulse)
        for each, pulse in zip(group.outcomes, pulses, strict=True)
    )
    return GroupOutcome(outcomes, released=True)

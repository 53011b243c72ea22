"""The manifest of waitlists: who waits for a seat, and the offers of seats that became free."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from hub_sync.contract.enums import WaitlistPriority, WaitlistStatus
from hub_sync.hub.domains.participants.manifest import EXAMPLE_PARTICIPANT, PARTICIPANTS_READ
from hub_sync.hub.kit.domain.audit_actions import AuditAction, Entity
from hub_sync.hub.kit.domain.manifest import DomainManifest, NavigationEntry, OpenApiTag
from hub_sync.hub.kit.events.domain_events import DomainEvent, iso_timestamp
from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.security.feature_flag import FeatureFlag
from hub_sync.hub.kit.security.permissions import Permission, PermissionGroup
from hub_sync.rules.waitlist.entries import PartyRule

WAITLIST_MANAGE = Permission("waitlist:manage", N_("Manage"))

FF_WAITLIST = FeatureFlag(
    "FF_WAITLIST",
    N_("Waitlist"),
    N_("Keeps a list where an event is full, and offers seats as they become free."),
)

STATUSES: dict[str, str] = {
    WaitlistStatus.WAITING: N_("Waiting"),
    WaitlistStatus.OFFERED: N_("Offered"),
    WaitlistStatus.ACCEPTED: N_("Accepted"),
    WaitlistStatus.DECLINED: N_("Declined"),
    WaitlistStatus.EXPIRED: N_("Offer expired"),
    WaitlistStatus.WITHDRAWN: N_("Left the list"),
    WaitlistStatus.REMOVED: N_("Removed"),
}
STATUS_TONES = {
    WaitlistStatus.WAITING: "info",
    WaitlistStatus.OFFERED: "warn",
    WaitlistStatus.ACCEPTED: "good",
}
"""The tone of each status's badge in the console; the others are quiet."""
PRIORITIES: dict[str, str] = {
    WaitlistPriority.LOW: N_("Low"),
    WaitlistPriority.NORMAL: N_("Normal"),
    WaitlistPriority.HIGH: N_("High"),
    WaitlistPriority.VIP: N_("VIP"),
}
PARTY_RULES: dict[str, str] = {
    PartyRule.SKIP: N_("Pass it over; the next one that fits gets the seats"),
    PartyRule.HOLD: N_("Collect seats for it, for a time"),
    PartyRule.SPLIT: N_("Offer it the seats there are; the rest of it waits"),
}
OUTCOMES: dict[str, str] = {
    "OPEN": N_("Open"),
    "ACCEPTED": N_("Accepted"),
    "DECLINED": N_("Declined"),
    "EXPIRED": N_("Expired"),
    "WITHDRAWN": N_("Withdrawn"),
    "UNDELIVERED": N_("Could not be delivered"),
}
TRIGGERS: dict[str, str] = {
    "participant": N_("A registration changed"),
    "event": N_("The event changed"),
    "settings": N_("The waitlist's settings changed"),
    "joined": N_("Somebody joined"),
    "left": N_("Somebody left"),
    "accepted": N_("An offer was accepted"),
    "declined": N_("An offer was declined"),
    "expired": N_("An offer expired"),
    "undelivered": N_("An offer could not be delivered"),
    "clock": N_("It was time to look again"),
    "manual": N_("Chosen by hand"),
    "door": N_("A seat was given at the door"),
}
END_REASONS: dict[str, str] = {
    "": "",
    "CANCELLED": N_("The registration was cancelled, rejected or deleted"),
    "REGISTERED": N_("The registration was approved without an offer"),
    "MERGED": N_("The registration was merged into another one"),
    "TAKEN_BACK": N_("Taken back: the registration has its seat again"),
}

WAITLIST_ENTRY = Entity(
    "waitlist_entry",
    N_("Waitlist entry"),
    page="/events/{event_id}/waitlist/{waitlist_entry_id}",
    fields={
        "participant_id": N_("Participant"),
        "priority": N_("Priority"),
        "party_size": N_("Seats wanted"),
        "seats_accepted": N_("Seats accepted"),
        "category": N_("Category"),
        "status": N_("Status"),
        "joined_at": N_("Joined"),
        "ended_at": N_("Ended"),
        "skips": N_("Passed over"),
        "end_reason": N_("Reason"),
        "seats": N_("Seats"),
        "guests": N_("Guests"),
        "seat_category": N_("From the seats of"),
        "hold_until": N_("Held until"),
        "trigger": N_("Trigger"),
        "position": N_("Position"),
        "of": N_("Entries that waited"),
        "device_id": N_("Station"),
        "given_at": N_("Given"),
        "overbooked": N_("Seats that were not free any more"),
        "why": N_("Reason"),
    },
    values={"status": STATUSES, "priority": PRIORITIES, "trigger": TRIGGERS, "end_reason": END_REASONS},
    personal=frozenset(("participant_id", "language")),
    read_permission=PARTICIPANTS_READ,
)
ENTRY_JOINED = AuditAction(WAITLIST_ENTRY, "join", N_("Joined the waitlist"))
ENTRY_UPDATED = AuditAction(WAITLIST_ENTRY, "update", N_("Changed"))
ENTRY_OFFERED = AuditAction(WAITLIST_ENTRY, "offer", N_("Seats offered"))
ENTRY_ACCEPTED = AuditAction(WAITLIST_ENTRY, "accept", N_("Offer accepted"))
ENTRY_HANDED_OVER = AuditAction(WAITLIST_ENTRY, "hand_over_seats", N_("Seats given to guests"))
ENTRY_DECLINED = AuditAction(WAITLIST_ENTRY, "decline", N_("Offer declined"))
ENTRY_EXPIRED = AuditAction(WAITLIST_ENTRY, "expire", N_("Offer expired"))
ENTRY_RECALLED = AuditAction(WAITLIST_ENTRY, "recall", N_("Offer withdrawn"))
ENTRY_LEFT = AuditAction(WAITLIST_ENTRY, "leave", N_("Left the waitlist"))
ENTRY_REMOVED = AuditAction(WAITLIST_ENTRY, "remove", N_("Removed from the waitlist"))
ENTRY_SEATED = AuditAction(WAITLIST_ENTRY, "seat_at_door", N_("Seats given at the door"))
ENTRY_NOT_SEATED = AuditAction(WAITLIST_ENTRY, "return_door_seats", N_("Seats of the door came back"))

WAITLIST_SETTINGS = Entity(
    "waitlist",
    N_("Waitlist"),
    page="/events/{event_id}/waitlist/settings",
    fields={
        "is_active": N_("Switched on"),
        "is_paused": N_("Paused"),
        "is_public": N_("Public page"),
        "party_rule": N_("Parties"),
        "largest_party": N_("Largest party"),
        "most_entries": N_("Most entries that wait"),
        "collect_minutes": N_("Minutes seats are collected"),
        "hold_minutes": N_("Minutes an offer holds at most"),
        "last_offer_minutes": N_("Last offer, minutes before the start"),
        "door_minute": N_("Seats at the door, minutes after the start"),
        "quotas": N_("Seats of categories"),
    },
    values={"party_rule": PARTY_RULES},
)
SETTINGS_UPDATED = AuditAction(WAITLIST_SETTINGS, "update", N_("Changed"))

_EXAMPLE_ENTRY: Mapping[str, Any] = {
    "entry_id": "01976b2e-5c1f-7a55-9d0c-3f6f1a2b4c5d",
    "participant_id": EXAMPLE_PARTICIPANT["participant_id"],
}


@dataclass(frozen=True, kw_only=True)
class _EntryEvent(DomainEvent):
    """A domain event of an entry."""

    entity: ClassVar[str] = WAITLIST_ENTRY.name
    permissions_to_read: ClassVar[tuple[str, ...]] = (PARTICIPANTS_READ,)
    id_member: ClassVar[str] = "entry_id"
    participant_id: str


@dataclass(frozen=True, kw_only=True)
class WaitlistJoined(_EntryEvent):
    """Somebody joined the waitlist."""

    label: ClassVar[str] = N_("Somebody joined the waitlist.")
    party_size: int


@dataclass(frozen=True, kw_only=True)
class _OfferEvent(_EntryEvent):
    """A domain event of an offer."""

    promotion_id: str
    seats: int


@dataclass(frozen=True, kw_only=True)
class WaitlistOffered(_OfferEvent):
    """Seats were offered to somebody on the waitlist; they are held until a time."""

    label: ClassVar[str] = N_("Seats were offered to somebody on the waitlist.")
    event_type: ClassVar[str] = "waitlist.offered"
    is_followed: ClassVar[bool] = True
    example: ClassVar[Mapping[str, Any]] = {
        **_EXAMPLE_ENTRY,
        "promotion_id": "01976b2e-7d21-7c10-8f0a-4f6f1a2b4c5e",
        "seats": 2,
        "hold_until": "2026-06-09T18:00:00.000Z",
        "trigger": "participant",
    }
    hold_until: datetime
    trigger: str

    def payload(self) -> dict[str, Any]:
        """Return what is stored; the time is written as messages have it."""
        return super().payload() | {"hold_until": iso_timestamp(self.hold_until)}


@dataclass(frozen=True, kw_only=True)
class WaitlistAccepted(_OfferEvent):
    """An offer was accepted; the registration is approved."""

    label: ClassVar[str] = N_("An offer of the waitlist was accepted.")
    event_type: ClassVar[str] = "waitlist.accepted"
    is_followed: ClassVar[bool] = True
    example: ClassVar[Mapping[str, Any]] = {
        **_EXAMPLE_ENTRY,
        "promotion_id": "01976b2e-7d21-7c10-8f0a-4f6f1a2b4c5e",
        "seats": 2,
    }


@dataclass(frozen=True, kw_only=True)
class WaitlistDeclined(_OfferEvent):
    """An offer was declined."""

    label: ClassVar[str] = N_("An offer of the waitlist was declined.")


@dataclass(frozen=True, kw_only=True)
class WaitlistExpired(_OfferEvent):
    """Nobody accepted an offer in time, it could not be delivered, or its person was blocked since."""

    label: ClassVar[str] = N_("An offer of the waitlist expired.")


@dataclass(frozen=True, kw_only=True)
class WaitlistWithdrawn(_EntryEvent):
    """Somebody left the waitlist, or was taken off it."""

    label: ClassVar[str] = N_("Somebody left the waitlist.")
    reason: str


MANIFEST = DomainManifest(
    name="waitlist",
    permissions=(PermissionGroup("waitlist", N_("Waitlist"), (WAITLIST_MANAGE,)),),
    flags=(FF_WAITLIST,),
    navigation=(
        NavigationEntry(
            group="event",
            label=N_("Waitlist"),
            path="/events/{event_id}/waitlist",
            order=24,
            permissions=WAITLIST_MANAGE,
            flag=FF_WAITLIST,
            icon="updown",
        ),
    ),
    openapi_tags=(OpenApiTag("waitlist", "Who waits for a seat, and the offers of seats that became free."),),
    entities=(WAITLIST_ENTRY, WAITLIST_SETTINGS),
    audit_actions=(
        ENTRY_JOINED,
        ENTRY_UPDATED,
        ENTRY_OFFERED,
        ENTRY_ACCEPTED,
        ENTRY_HANDED_OVER,
        ENTRY_DECLINED,
        ENTRY_EXPIRED,
        ENTRY_RECALLED,
        ENTRY_LEFT,
        ENTRY_REMOVED,
        ENTRY_SEATED,
        ENTRY_NOT_SEATED,
        SETTINGS_UPDATED,
    ),
    domain_events=(
        WaitlistJoined,
        WaitlistOffered,
        WaitlistAccepted,
        WaitlistDeclined,
        WaitlistExpired,
        WaitlistWithdrawn,
    ),
    webhook_groups=(("waitlist", N_("Waitlist")),),
)

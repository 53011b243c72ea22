"""The manifest of registration pages: people register for an event themselves."""

from dataclasses import dataclass
from typing import ClassVar

from hub_sync.hub.domains.participants.manifest import PARTICIPANTS_READ
from hub_sync.hub.kit.domain.audit_actions import AuditAction, Entity
from hub_sync.hub.kit.domain.manifest import DomainManifest, NavigationEntry, OpenApiTag
from hub_sync.hub.kit.events.domain_events import DomainEvent
from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.security.feature_flag import FeatureFlag
from hub_sync.hub.kit.security.permissions import Permission, PermissionGroup

REGISTRATION_MANAGE = Permission("registration:manage", N_("Manage"))

FF_REGISTRATION_PAGE = FeatureFlag(
    "FF_REGISTRATION_PAGE",
    N_("Registration page"),
    N_("Lets people register for an event themselves, on a public page that the event switches on."),
)

REGISTRATION_PAGE = Entity(
    "registration_page",
    N_("Registration page"),
    page="/events/{event_id}/registration",
    fields={
        "is_active": N_("Switched on"),
        "opens_at": N_("Opens"),
        "closes_at": N_("Closes"),
        "approves": N_("Approves at once"),
        "confirms_email": N_("Asks for a confirmation by e-mail"),
        "needs_phone": N_("Asks for a phone number"),
        "largest_party": N_("Largest party"),
        "categories": N_("Categories"),
        "intro": N_("Introduction"),
        "consent_text": N_("Consent"),
        "consent_version": N_("Version of the consent"),
        "marketing_text": N_("Consent to news"),
    },
)
PAGE_UPDATED = AuditAction(REGISTRATION_PAGE, "update", N_("Changed"))

REGISTRATION = Entity(
    "registration",
    N_("Registration by the page"),
    page="/events/{event_id}/registration",
    fields={
        "participant_id": N_("Participant"),
        "party_size": N_("Seats wanted"),
        "on_waitlist": N_("Joined the waitlist"),
        "consent_version": N_("Version of the consent"),
        "marketing": N_("Consent to news"),
        "confirmed_at": N_("Confirmed"),
    },
    personal=frozenset(("participant_id",)),
    read_permission=PARTICIPANTS_READ,
)
REGISTRATION_RECEIVED = AuditAction(REGISTRATION, "create", N_("Registered on the page"))
REGISTRATION_CONFIRMED = AuditAction(REGISTRATION, "confirm", N_("Confirmed by e-mail"))
REGISTRATION_CONSENT = AuditAction(REGISTRATION, "consent", N_("Consent to news changed"))
REGISTRATION_CANCELLED = AuditAction(REGISTRATION, "cancel", N_("Cancelled by the person"))


@dataclass(frozen=True, kw_only=True)
class _RegistrationEvent(DomainEvent):
    """A domain event of a registration by the page."""

    entity: ClassVar[str] = REGISTRATION.name
    permissions_to_read: ClassVar[tuple[str, ...]] = (PARTICIPANTS_READ,)
    id_member: ClassVar[str] = "registration_id"
    is_followed: ClassVar[bool] = True


@dataclass(frozen=True, kw_only=True)
class RegistrationRequested(_RegistrationEvent):
    """Somebody filled the page in, and has to confirm the address before it counts."""

    label: ClassVar[str] = N_("Somebody registered and has to confirm the e-mail address.")


@dataclass(frozen=True, kw_only=True)
class RegistrationReceived(_RegistrationEvent):
    """A registration by the page counts."""

    label: ClassVar[str] = N_("Somebody registered on the registration page.")
    participant_id: str


@dataclass(frozen=True, kw_only=True)
class RegistrationRepeated(_RegistrationEvent):
    """Somebody registered with the address of somebody who is registered; only the owner of the address hears of it."""

    label: ClassVar[str] = N_("Somebody who is registered registered again.")
    participant_id: str


MANIFEST = DomainManifest(
    name="registration",
    permissions=(PermissionGroup("registration", N_("Registration page"), (REGISTRATION_MANAGE,)),),
    flags=(FF_REGISTRATION_PAGE,),
    navigation=(
        NavigationEntry(
            group="event",
            label=N_("Registration page"),
            path="/events/{event_id}/registration",
            order=23,
            permissions=REGISTRATION_MANAGE,
            flag=FF_REGISTRATION_PAGE,
            icon="pen",
        ),
    ),
    openapi_tags=(OpenApiTag("registration", "The public page on which people register for an event."),),
    entities=(REGISTRATION_PAGE, REGISTRATION),
    audit_actions=(
        PAGE_UPDATED,
        REGISTRATION_RECEIVED,
        REGISTRATION_CONFIRMED,
        REGISTRATION_CONSENT,
        REGISTRATION_CANCELLED,
    ),
    domain_events=(RegistrationRequested, RegistrationReceived, RegistrationRepeated),
)
"""Registration pages: people register for an event themselves."""

"""Registration pages: people register for an event themselves, without an account, and see and change what they sent."""

from hub_sync.hub.domains.registration.configuration import (
    find_page,
    find_settings,
    read_settings,
    update_settings,
)
from hub_sync.hub.domains.registration.own_registration import (
    OwnRegistration,
    RegistrationOwner,
    cancel,
    change,
    find_owner,
    issue_ticket,
    party_of,
    read_own,
)
from hub_sync.hub.domains.registration.places import free_of_category, free_seats
from hub_sync.hub.domains.registration.rules import RegistrationWindow
from hub_sync.hub.domains.registration.schemas import NewRegistration, RegistrationSettingsChanges
from hub_sync.hub.domains.registration.submissions import (
    confirm,
    delete_expired,
    find_page_path,
    get,
    page_path,
    recipient_of,
    registrations_of,
    submit,
    window_of,
)
from hub_sync.hub.domains.registration.tables import Registration

__all__ = [
    "NewRegistration",
    "OwnRegistration",
    "Registration",
    "RegistrationOwner",
    "RegistrationSettingsChanges",
    "RegistrationWindow",
    "cancel",
    "change",
    "confirm",
    "delete_expired",
    "find_owner",
    "find_page",
    "find_page_path",
    "find_settings",
    "free_of_category",
    "free_seats",
    "get",
    "issue_ticket",
    "page_path",
    "party_of",
    "read_own",
    "read_settings",
    "recipient_of",
    "registrations_of",
    "submit",
    "update_settings",
    "window_of",
]

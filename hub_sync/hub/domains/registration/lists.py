"""The list of registrations by the page: sorting and filters."""

from hub_sync.hub.domains.registration.schemas import RegistrationConsentResponse
from hub_sync.hub.domains.registration.tables import Registration
from hub_sync.hub.kit.lists.result_pages import Listing

REGISTRATIONS = Listing(
    row=Registration,
    schema=RegistrationConsentResponse,
    sorts={"created_at": Registration.created_at, "confirmed_at": Registration.confirmed_at},
    default_sort="-created_at",
    filters={"participant_id": Registration.participant_id, "consent_version": Registration.consent_version},
)

"""The lists of waitlists: sorting and filters."""

from hub_sync.hub.domains.waitlist.schemas import WaitlistEntryResponse, WaitlistOfferResponse
from hub_sync.hub.domains.waitlist.tables import WaitlistEntry, WaitlistPromotion
from hub_sync.hub.kit.lists.result_pages import Listing

ENTRIES = Listing(
    row=WaitlistEntry,
    schema=WaitlistEntryResponse,
    sorts={"joined_at": WaitlistEntry.joined_at, "party_size": WaitlistEntry.party_size},
    default_sort="joined_at",
    filters={
        "status": WaitlistEntry.status,
        "priority": WaitlistEntry.priority,
        "category": WaitlistEntry.category,
        "participant_id": WaitlistEntry.participant_id,
    },
)
OFFERS = Listing(
    row=WaitlistPromotion,
    schema=WaitlistOfferResponse,
    sorts={"created_at": WaitlistPromotion.created_at, "hold_until": WaitlistPromotion.hold_until},
    default_sort="-created_at",
    filters={
        "outcome": WaitlistPromotion.outcome,
        "trigger": WaitlistPromotion.trigger,
        "entry_id": WaitlistPromotion.entry_id,
    },
)

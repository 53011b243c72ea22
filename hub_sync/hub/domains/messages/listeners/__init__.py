"""Listeners: automatic messages answer domain events of other domains, those who register get the link to their page, the waitlist hears what became of its offers, steps of workflows write to participants, whoever may act hears of late ones, and a change of editions is told once."""

from hub_sync.hub.domains.messages.automatic import (
    deadlines,
    reactions,
    registrations,
    series_changes,
    waitlist_offers,
    workflow_notices,
)

LISTENERS = (
    *reactions.LISTENERS,
    *registrations.LISTENERS,
    *waitlist_offers.LISTENERS,
    *workflow_notices.LISTENERS,
    *deadlines.LISTENERS,
    *series_changes.LISTENERS,
)

"""Listeners: automatic messages answer domain events of other domains, those who register get the link to their page, and the waitlist hears what became of its offers."""

from hub_sync.hub.domains.messages.automatic import deadlines, reactions, registrations, waitlist_offers

LISTENERS = (*reactions.LISTENERS, *registrations.LISTENERS, *waitlist_offers.LISTENERS, *deadlines.LISTENERS)

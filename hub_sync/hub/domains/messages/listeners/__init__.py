"""Listeners: automatic messages answer domain events of other domains, and the waitlist hears what became of its offers."""

from hub_sync.hub.domains.messages.automatic import reactions, waitlist_offers

LISTENERS = (*reactions.LISTENERS, *waitlist_offers.LISTENERS)

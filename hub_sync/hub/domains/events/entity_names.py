"""Names of events."""

from hub_sync.hub.domains.events.manifest import EVENT
from hub_sync.hub.domains.events.tables import Event
from hub_sync.hub.kit.domain.entity_names import EntityNames

ENTITY_NAMES = (EntityNames(EVENT, Event, (Event.name,)),)

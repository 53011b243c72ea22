"""The audit log's codes in words, and where the things are that it tells of."""

from hub_sync.hub.console import N_, _

ENTITIES: dict[str, str] = {
    "event": N_("Event"),
    "participant": N_("Participant"),
    "checkpoint": N_("Checkpoint"),
    "access_log": N_("Scan"),
    "access_conflict": N_("Conflict"),
    "venue_occupancy": N_("Occupancy"),
    "kiosk_device": N_("Station"),
    "api_key": N_("API key"),
    "user": N_("User"),
    "feature_flag": N_("Feature"),
    "tenant": N_("Organisation"),
    "qr_key": N_("Ticket key"),
}
PLACES: dict[str, str] = {
    "event": "/events/{event_id}",
    "participant": "/events/{event_id}/participants/{participant_id}",
    "user": "/settings/users/{user_id}",
    "feature_flag": "/settings/features",
    "api_key": "/settings/api-keys",
}
"""The pages of things, as their routes are written; the last parameter is the thing's own id."""

FIELDS: dict[str, str] = {
    "name": N_("Name"),
    "first_name": N_("First name"),
    "last_name": N_("Last name"),
    "email": N_("E-mail"),
    "phone": N_("Phone"),
    "status": N_("Status"),
    "category": N_("Category"),
    "capacity": N_("Capacity"),
    "starts_at": N_("Starts"),
    "ends_at": N_("Ends"),
    "time_zone": N_("Time zone"),
    "slug": N_("Short name"),
    "version": N_("Version"),
    "role": N_("Role"),
    "permissions": N_("Permissions"),
    "tier": N_("Tier"),
    "rate_limit": N_("Calls a minute"),
    "ip_allow_list": N_("Addresses"),
    "expires_at": N_("Expires"),
    "enabled": N_("Switched on"),
    "chosen": N_("Decided by somebody"),
    "deleted_at": N_("Deleted"),
    "registration_code": N_("Registration code"),
    "zone": N_("Zone"),
    "direction": N_("Direction"),
    "active": N_("Active"),
}


def entity_name(entity: str) -> str:
    """The kind of a thing."""
    return _(ENTITIES[entity]) if entity in ENTITIES else _spelled(entity)


def field_name(name: str) -> str:
    """A field of a thing."""
    return _(FIELDS[name]) if name in FIELDS else _spelled(name)


def place_of(entity: str, entity_id: str, event_id: str | None) -> str:
    """The page of a thing; empty: it has none."""
    place = PLACES.get(entity, "")
    if entity == "event":
        return place.replace("{event_id}", entity_id)
    if "{event_id}" in place:
        place = place.replace("{event_id}", event_id) if event_id else ""
    head, brace, _name = place.rpartition("{")
    return head + entity_id if brace else place


def _spelled(code: str) -> str:
    return code.replace("_", " ").replace("-", " ").capitalize()

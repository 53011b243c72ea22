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
    "webhook": N_("Webhook"),
}
PLACES: dict[str, str] = {
    "event": "/events/{event_id}",
    "participant": "/events/{event_id}/participants/{participant_id}",
    "user": "/settings/users/{user_id}",
    "feature_flag": "/settings/features",
    "api_key": "/settings/api-keys/{key_id}",
    "webhook": "/settings/webhooks/{webhook_id}",
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
    "type": N_("Kind"),
    "opens_at": N_("Opens"),
    "closes_at": N_("Closes"),
    "allowed_categories": N_("Allowed categories"),
    "reentry": N_("Coming in again"),
    "unknown_tickets": N_("Tickets that are not listed"),
    "stale_roster": N_("List too old"),
    "roster_max_age_s": N_("Oldest list (seconds)"),
    "serial": N_("Serial number"),
    "software_version": N_("Software"),
    "clone_suspected": N_("Suspected to be copied"),
    "last_seen_at": N_("Last seen"),
    "enrolled_at": N_("Enrolled"),
    "prefix": N_("Beginning of the key"),
    "grace_until": N_("Good until"),
    "revoked_at": N_("Revoked"),
    "rotated_to_id": N_("Replaced by"),
    "last_used_at": N_("Last used"),
    "usage_count": N_("Calls"),
    "created_by": N_("Made by"),
    "last_signed_in_at": N_("Last signed in"),
    "password_changed_at": N_("Password set"),
    "language": N_("Language"),
    "photo": N_("Photo"),
    "extra": N_("Further details"),
    "standing": N_("Standing"),
    "algorithm": N_("Algorithm"),
    "source": N_("Origin"),
    "not_before": N_("Good from"),
    "not_after": N_("Good until"),
    "cleared": N_("Cleared up"),
    "count": N_("How many"),
    "format": N_("Format"),
    "address": N_("Address"),
    "purpose": N_("Purpose"),
    "left": N_("Left over"),
    "reason": N_("Reason"),
    "url": N_("URL"),
    "description": N_("Description"),
    "event_types": N_("Event types"),
    "event_type": N_("Event type"),
    "consecutive_failures": N_("Failures in a row"),
    "breaker_trips": N_("Outages"),
    "breaker_open_until": N_("Sends nothing until"),
    "previous_secret_until": N_("Both secrets sign until"),
    "both_sign_until": N_("Both secrets sign until"),
    "delivery_id": N_("Delivery"),
    "delivered": N_("Delivered"),
    "response_status": N_("Answer"),
    "was": N_("It was"),
    "since": N_("Since"),
    "requeued": N_("Queued again"),
    "made": N_("Made anew"),
    "more": N_("There is more"),
    "id": N_("Id"),
    "event_id": N_("Event"),
    "participant_id": N_("Participant"),
    "checkpoint_id": N_("Checkpoint"),
    "device_id": N_("Station"),
    "tenant_id": N_("Organisation"),
}
VALUES: dict[str, str] = {
    "DRAFT": N_("Draft"),
    "PUBLISHED": N_("Published"),
    "PENDING": N_("Pending"),
    "APPROVED": N_("Approved"),
    "REJECTED": N_("Rejected"),
    "CANCELLED": N_("Cancelled"),
    "ACTIVE": N_("Active"),
    "LOCKED": N_("Locked"),
    "ROTATED": N_("Rotated"),
    "REVOKED": N_("Revoked"),
    "EXPIRED": N_("Expired"),
    "STANDARD": N_("Standard"),
    "ELEVATED": N_("Elevated"),
    "PREMIUM": N_("Premium"),
    "CUSTOM": N_("Custom"),
    "ADMIN": N_("Administrator"),
    "OPERATOR": N_("Operator"),
    "VIEWER": N_("Viewer"),
    "PAUSED": N_("Paused"),
    "SUSPENDED": N_("Suspended"),
    "DISABLED": N_("Disabled"),
    "DELIVERED": N_("Delivered"),
    "RETRYING": N_("To be tried again"),
    "DEAD_LETTER": N_("Given up"),
    "entry": N_("Entrance"),
    "exit": N_("Exit"),
}
CODED = ("status", "was", "tier", "role", "direction")
"""The fields whose values are codes that have words."""


def entity_name(entity: str) -> str:
    """The kind of a thing."""
    return _(ENTITIES[entity]) if entity in ENTITIES else _spelled(entity)


def field_name(name: str) -> str:
    """A field of a thing."""
    return _(FIELDS[name]) if name in FIELDS else _spelled(name)


def value_name(field: str, value: str) -> str:
    """A value of a field; a code in words."""
    return _(VALUES[value]) if field in CODED and value in VALUES else value


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

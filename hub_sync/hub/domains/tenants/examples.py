"""Examples of the requests and responses of tenants, for the OpenAPI document."""

from typing import Any

from hub_sync.hub.kit.openapi.example_values import KEY, TENANT

EXAMPLES: dict[str, Any] = {
    "TenantResponse": {
        "id": TENANT,
        "slug": "acme",
        "name": "Acme Events",
        "qr_format": "v1",
        "created_at": "2026-02-17T09:30:00Z",
        "updated_at": "2026-02-17T09:30:00Z",
    },
    "TicketKeyResponse": {
        "id": KEY,
        "kid": "key-8f3a10c2",
        "algorithm": "AES-256-GCM",
        "source": "generated",
        "not_before": None,
        "not_after": None,
        "replaced_by": None,
        "created_at": "2026-02-17T09:30:00Z",
    },
    "TicketFormatRequest": {"qr_format": "v2", "old_until": None},
    "KeyRotationRequest": {"old_until": None, "until_all_have_it": False},
}

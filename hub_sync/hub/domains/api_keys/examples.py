"""Examples of the requests and responses of api keys, for the OpenAPI document."""

from typing import Any

from hub_sync.hub.kit.openapi.example_values import KEY, LATER, STAMPS

_API_KEY: dict[str, Any] = {
    "id": KEY,
    "name": "Badge printing",
    "prefix": "ak_0197_5f0c9ab13e42",
    "status": "ACTIVE",
    "permissions": ["events:read", "participants:*"],
    "tier": "CUSTOM",
    "rate_limit": 250,
    "ip_allow_list": ["192.0.2.0/24"],
    "expires_at": "2030-12-31T23:59:59Z",
    "grace_until": None,
    "rotated_to_id": None,
    "revoked_at": None,
    "last_used_at": LATER,
    "usage_count": 1204,
    "created_by": None,
    **STAMPS,
}
_RAW_KEY = "ak_0197_" + "0" * 56 + "e0f2cf8a"

EXAMPLES: dict[str, Any] = {
    "ApiKeyResponse": _API_KEY,
    "RotationRequest": {"grace_s": 86400},
    "ValidationRequest": {"key": _RAW_KEY},
    "NewApiKeyResponse": _API_KEY | {"key": _RAW_KEY, "usage_count": 0, "last_used_at": None},
    "ValidationResponse": {
        "valid": True,
        "id": KEY,
        "name": "Badge printing",
        "permissions": ["events:read", "participants:*"],
        "ip_allow_list": ["192.0.2.0/24"],
        "calls_a_minute": 250,
        "expires_at": None,
    },
}

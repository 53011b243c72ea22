"""The list of keys: sorting and filters."""

from hub_sync.hub.domains.api_keys.key_ownership import makers_of
from hub_sync.hub.domains.api_keys.schemas import ApiKeyResponse
from hub_sync.hub.domains.api_keys.tables import ApiKey
from hub_sync.hub.kit.lists.result_pages import Listing

KEYS = Listing(
    row=ApiKey,
    schema=ApiKeyResponse,
    sorts={"name": ApiKey.name, "created_at": ApiKey.created_at, "usage_count": ApiKey.usage_count},
    default_sort="-created_at",
    filters={
        "status": ApiKey.status,
        "tier": ApiKey.tier,
        "created_at": ApiKey.created_at,
        "expires_at": ApiKey.expires_at,
        "last_used_at": ApiKey.last_used_at,
        "created_by": ApiKey.created_by,
    },
    expands={"maker": makers_of},
)

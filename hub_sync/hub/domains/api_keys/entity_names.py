"""Names of API keys."""

from hub_sync.hub.domains.api_keys.manifest import API_KEY
from hub_sync.hub.domains.api_keys.tables import ApiKey
from hub_sync.hub.kit.domain.entity_names import EntityNames

ENTITY_NAMES = (EntityNames(API_KEY, ApiKey, (ApiKey.name,)),)

"""API keys, for other domains."""

from hub_sync.hub.domains.api_keys.identify import IdentifiedKey, Keys

__all__ = ["IdentifiedKey", "Keys"]

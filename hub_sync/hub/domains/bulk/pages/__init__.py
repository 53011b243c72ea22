"""The console's pages of bulk operations."""

from hub_sync.hub.domains.bulk.pages.operations import router

__all__ = ["router"]

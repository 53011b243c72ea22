"""Addresses of the pages of those who wait."""

from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.security.page_tokens import page_token

_LABEL = "waitlist-pages"
PATH = "/w/"


def token_of(work: Work, tenant_id: str, entry_id: str) -> str:
    """Return the token of an entry's page."""
    return page_token(work, _LABEL, tenant_id, entry_id)

"""Tokens of the pages of those who wait: derived from the entry's id and a key of the hub, so that a mail can name one later.

Of a token the database has the SHA-256 alone. Whoever reads the database can't open the page.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode

from hub_sync.hub.kit.db.unit_of_work import Work

_LABEL = "waitlist-pages"
_BYTES = 18
LONGEST_TOKEN = 64
PATH = "/w/"


def token_of(work: Work, tenant_id: str, entry_id: str) -> str:
    """Return the token of an entry's page."""
    digest = hmac.digest(work.derive_key(_LABEL), f"{tenant_id}/{entry_id}".encode(), hashlib.sha256)
    return urlsafe_b64encode(digest[:_BYTES]).decode()


def token_hash(token: str) -> str:
    """Return what is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()

"""Tokens of pages without a login: derived from a row's id and a key of the hub, so that a mail can name one later.

Of a token the database has the SHA-256 alone. Whoever reads the database can't open the page.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode

from hub_sync.hub.kit.db.unit_of_work import Work

LONGEST_TOKEN = 64
_BYTES = 18


def page_token(work: Work, label: str, tenant_id: str, row_id: str) -> str:
    """Return the token of a row's page; `label` is the kind of page."""
    digest = hmac.digest(work.derive_key(label), f"{tenant_id}/{row_id}".encode(), hashlib.sha256)
    return urlsafe_b64encode(digest[:_BYTES]).decode()


def token_hash(token: str) -> str:
    """Return what is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()

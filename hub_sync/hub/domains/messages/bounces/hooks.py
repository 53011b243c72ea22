"""The address of an account to which its provider posts reports. It is a secret: whoever has it may report about the account's messages."""

import hashlib
import hmac

from sqlalchemy import select

from hub_sync.hub.domains.messages.errors import BounceHookUnknown
from hub_sync.hub.domains.messages.tables import MessageSender
from hub_sync.hub.kit.db.unit_of_work import Work

PATH = "/bounces"
_LABEL = "bounce-hooks"
_LENGTH = 40


def hook_path(work: Work, row: MessageSender) -> str:
    """Return the path of an account."""
    return f"{PATH}/{row.id}/{_secret(work, row)}"


def account_of(work: Work, sender_id: str, secret: str) -> MessageSender:
    """Return the account of an address.

    Raises:
        BounceHookUnknown: no account has it (404), now that it was renewed or ever; the answer is the same.
    """
    row = work.session.scalar(select(MessageSender).where(MessageSender.id == sender_id).limit(1))
    expected = "" if row is None else _secret(work, row)
    if row is None or not hmac.compare_digest(expected.encode(), secret.encode()):
        raise BounceHookUnknown
    return row


def _secret(work: Work, row: MessageSender) -> str:
    label = f"{row.tenant_id}:{row.id}:{row.bounce_hook_generation}"
    return hmac.new(work.derive_key(_LABEL), label.encode(), hashlib.sha256).hexdigest()[:_LENGTH]

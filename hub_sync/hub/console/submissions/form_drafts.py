"""Input of a form that could not be accepted because the session had ended: it is kept until the user signed in again.

It is stored encrypted, for an hour, for the user that the form was rendered for. Secrets are never stored.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Index, LargeBinary, String, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from hub_sync.hub.console.submissions.form_tokens import FormToken
from hub_sync.hub.kit.db.tables import ID_LENGTH, Base, TenantRow
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.security.encryption import SecretBox, SecretUnusable

DRAFT_PARAMETER, DRAFT_FIELD = "draft", "draft"
DRAFT_LIFETIME = timedelta(hours=1)
MAX_BYTES = 128 * 1024
MAX_PER_USER = 20
SECRET_FIELDS = frozenset({"password", "again", "old", "code", "pin", "secret", "bounce_secret"})
"""Names of fields with passwords, codes and addresses that hold a key; a test compares them with the templates."""
_NOT_STORED = SECRET_FIELDS | {"csrf", DRAFT_FIELD}

Fields = Mapping[str, Sequence[str]]


class FormDraft(TenantRow, Base):
    """The input of one form; the id is that of the form's token."""

    __tablename__ = "form_drafts"
    __table_args__ = (Index("ix_form_drafts_expiry", "tenant_id", "expires_at"),)
    user_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    """JSON of the path of the form's page and of the fields."""
    expires_at: Mapped[datetime]


def without_secrets(fields: Fields) -> dict[str, list[str]]:
    """Return the fields that may be kept."""
    return {name: list(texts) for name, texts in fields.items() if name not in _NOT_STORED}


def has_secrets(fields: Fields) -> bool:
    """Return True if a field holds a password or a code."""
    return not SECRET_FIELDS.isdisjoint(fields)


def save(work: Work, seal: SecretBox, token: FormToken, path: str, fields: Fields) -> bool:
    """Store the input of a form for its user; return False if it is too large.

    Args:
        work: the unit of work, a writing one.
        seal: the hub's encryption.
        token: the token of the form.
        path: the path of the page that shows the form.
        fields: the fields that were sent.
    """
    content = json.dumps([path, without_secrets(fields)]).encode()
    if len(content) > MAX_BYTES:
        return False
    in_tenant, now = FormDraft.tenant_id == token.tenant_id, work.now()
    work.session.execute(delete(FormDraft).where(in_tenant, FormDraft.expires_at <= now))
    work.session.execute(delete(FormDraft).where(in_tenant, FormDraft.id == token.id))
    older = (
        select(FormDraft.id)
        .where(in_tenant, FormDraft.user_id == token.user_id)
        .order_by(FormDraft.expires_at.desc(), FormDraft.id)
    )
    superfluous = list(work.session.scalars(older))[MAX_PER_USER - 1 :]
    work.session.execute(delete(FormDraft).where(in_tenant, FormDraft.id.in_(superfluous)))
    work.session.add(
        FormDraft(
            tenant_id=token.tenant_id,
            id=token.id,
            user_id=token.user_id,
            sealed=seal.encrypt(content, _label(token)),
            expires_at=now + DRAFT_LIFETIME,
        )
    )
    work.session.flush()
    return True


def find(work: Work, seal: SecretBox, token: FormToken, path: str) -> dict[str, list[str]] | None:
    """Return the kept fields of a form; None if there are none, they have expired, or they belong elsewhere.

    Args:
        work: the unit of work.
        seal: the hub's encryption.
        token: the form's id, with the user who is signed in.
        path: the path of the page that is opened.
    """
    row = work.session.get(FormDraft, (token.tenant_id, token.id))
    if row is None or row.user_id != token.user_id or row.expires_at <= work.now():
        return None
    try:
        path_of_draft, fields = json.loads(seal.decrypt(row.sealed, _label(token)))
    except SecretUnusable:
        return None  # the hub has another secret since then
    return fields if path_of_draft == path else None


def discard(work: Work, token: FormToken) -> None:
    """Delete the kept input of a form that was saved."""
    work.session.execute(
        delete(FormDraft).where(
            FormDraft.tenant_id == token.tenant_id,
            FormDraft.id == token.id,
            FormDraft.user_id == token.user_id,
        )
    )


def _label(token: FormToken) -> str:
    return f"form draft 1:{token.tenant_id}:{token.user_id}:{token.id}"

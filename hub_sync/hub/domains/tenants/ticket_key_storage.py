"""Ticket keys of a tenant: encrypted at rest, opened into a key ring."""

import secrets
from datetime import datetime
from functools import lru_cache

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.tenants.errors import QrKeyExists
from hub_sync.hub.domains.tenants.manifest import TICKET_KEY_CREATED, TICKET_KEY_RETIRED, QrKeyAdded
from hub_sync.hub.domains.tenants.tables import QrKey
from hub_sync.hub.kit.db.row_snapshots import snapshot
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import change_feed, domain_events
from hub_sync.hub.kit.security.encryption import SecretBox
from hub_sync.rules.ticket_keys import KeyRing, TicketKey, key_from_environment

ALGORITHM = "AES-256-GCM"
DERIVED_KEY_WARNING = (
    "WARNING: this tenant's ticket key is derived from SESSION_SECRET. That is for development only; set "
    "QR_ENCRYPTION_KEY (64 hex digits) or neither of the two, then a random key is made."
)
DERIVED = "derived"
"""The `source` of a key that comes from SESSION_SECRET: for development only, `doctor` warns of it."""


_C = QrKey.__table__.c
_SEALED = (
    select(_C.kid, _C.sealed_material, _C.not_before, _C.not_after)
    .where(_C.tenant_id == bindparam("tenant_id"))
    .order_by(_C.created_at, _C.id)
)


def first_key(qr_encryption_key: str, session_secret: str) -> tuple[TicketKey, str]:
    """Return a tenant's first key and its source: from the environment, derived, or random.

    Raises:
        ValueError: QR_ENCRYPTION_KEY is set and is not 64 hex digits.
    """
    if not qr_encryption_key and not session_secret:
        return TicketKey(kid=f"key-{secrets.token_hex(4)}", material=secrets.token_bytes(32)), "generated"
    key, derived = key_from_environment(qr_encryption_key, session_secret)
    return key, DERIVED if derived else "environment"


def add_key(work: Work, seal: SecretBox, tenant_id: str, key: TicketKey, source: str) -> QrKey:
    """Add a key to the tenant's ring; stations get it with their next pull.

    Raises:
        QrKeyExists: there is one of this `kid`.
    """
    taken = select(QrKey.id).where(QrKey.tenant_id == tenant_id, QrKey.kid == key.kid)
    if work.session.scalar(taken):
        raise QrKeyExists(kid=key.kid)
    row = QrKey(
        tenant_id=tenant_id,
        id=work.new_id(),
        kid=key.kid,
        sealed_material=seal.encrypt(key.material, _label(tenant_id, key.kid)),
        algorithm=ALGORITHM,
        source=source,
        not_before=key.not_before,
        not_after=key.not_after,
    )
    work.session.add(row)
    audit.record(work, tenant_id, TICKET_KEY_CREATED, row.id, after=snapshot(row))
    domain_events.emit(work, tenant_id, QrKeyAdded(entity_id=row.id, kid=key.kid))
    change_feed.advance_all(work.session, tenant_id)
    return row


def rotate_key(work: Work, seal: SecretBox, tenant_id: str, old_until: datetime | None = None) -> QrKey:
    """Add a new key that seals from now on; the others open until `old_until` (None leaves them unchanged)."""
    if old_until is not None:
        for row in _rows(work, tenant_id):
            before = snapshot(row)
            if row.not_after is None or row.not_after > old_until:
                row.not_after = old_until
                audit.record(work, tenant_id, TICKET_KEY_RETIRED, row.id, before=before, after=snapshot(row))
    new_key = TicketKey(
        kid=f"key-{secrets.token_hex(4)}", material=secrets.token_bytes(32), not_before=work.now()
    )
    return add_key(work, seal, tenant_id, new_key, "generated")


def ticket_keys(work: Work, seal: SecretBox, tenant_id: str) -> tuple[TicketKey, ...]:
    """Return the tenant's decrypted keys, oldest first.

    Raises:
        SecretUnusable: they were sealed with another hub's secret.
    """
    rows = work.fetch_all(_SEALED, {"tenant_id": tenant_id})
    return _opened_keys(seal, tenant_id, tuple(map(tuple, rows)))


def open_material(seal: SecretBox, tenant_id: str, kid: str, sealed: bytes) -> bytes:
    """Return the decrypted material of a key.

    Raises:
        SecretUnusable: another hub's secret sealed it.
    """
    return seal.decrypt(sealed, _label(tenant_id, kid))


def encrypted_keys(session: Session) -> list[tuple[str, str, bytes]]:
    """Return tenant id, kid and encrypted material of all keys, for `open_material`."""
    rows = session.execute(select(_C.tenant_id, _C.kid, _C.sealed_material))
    return [(tenant_id, kid, sealed) for tenant_id, kid, sealed in rows]


def key_ring(work: Work, seal: SecretBox, tenant_id: str) -> KeyRing:
    """Return the tenant's ring.

    Raises:
        SecretUnusable: a key was sealed with another hub's secret.
    """
    return _ring(ticket_keys(work, seal, tenant_id))


_ring = lru_cache(maxsize=64)(KeyRing)


@lru_cache(maxsize=64)
def _opened_keys(
    seal: SecretBox, tenant_id: str, rows: tuple[tuple[str, bytes, datetime | None, datetime | None], ...]
) -> tuple[TicketKey, ...]:
    """Return the keys of these rows. The rows are read at every call; as long as they are the same, keys are opened once."""
    return tuple(
        TicketKey(kid, open_material(seal, tenant_id, kid, sealed), not_before, not_after)
        for kid, sealed, not_before, not_after in rows
    )


def development_keys(work: Work) -> list[tuple[str, str]]:
    """Return tenant id and kid of the keys that are for development only."""
    chosen = select(QrKey.tenant_id, QrKey.kid).where(QrKey.source == DERIVED).order_by(QrKey.tenant_id)
    return [(tenant_id, kid) for tenant_id, kid in work.session.execute(chosen)]


def _rows(work: Work, tenant_id: str) -> list[QrKey]:
    chosen = select(QrKey).where(QrKey.tenant_id == tenant_id).order_by(QrKey.created_at, QrKey.id)
    return list(work.session.scalars(chosen))


def _label(tenant_id: str, kid: str) -> str:
    return f"qr-key:{tenant_id}:{kid}"

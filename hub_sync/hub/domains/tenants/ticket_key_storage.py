"""Ticket keys of a tenant: encrypted at rest, opened into a key ring; and the version of the tickets that it issues."""

import secrets
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from hub_sync.contract.enums import QrFormat, TicketAlgorithm
from hub_sync.contract.sync import MAX_ENDED_KEYS
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.tenants.errors import QrKeyExists, TenantNotFound, TicketKeyInUse, TicketKeyNotFound
from hub_sync.hub.domains.tenants.manifest import (
    TENANT_UPDATED,
    TICKET_KEY_CREATED,
    TICKET_KEY_RETIRED,
    QrKeyAdded,
)
from hub_sync.hub.domains.tenants.tables import QrKey, Tenant
from hub_sync.hub.domains.tenants.ticket_key_states import TicketKeyState, describe_keys
from hub_sync.hub.kit.db.row_snapshots import snapshot
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import change_feed, domain_events
from hub_sync.hub.kit.security.encryption import SecretBox
from hub_sync.rules.tickets.ticket_keys import (
    AnyTicketKey,
    EndedKey,
    KeyRing,
    SignatureKey,
    TicketKey,
    key_from_environment,
)

DERIVED_KEY_WARNING = (
    "WARNING: this tenant's ticket key is derived from SESSION_SECRET. That is for development only; set "
    "QR_ENCRYPTION_KEY (64 hex digits) or neither of the two, then a random key is made."
)
DERIVED = "derived"
"""The `source` of a key that comes from SESSION_SECRET: for development only, `doctor` warns of it."""


_C = QrKey.__table__.c
_SEALED = (
    select(_C.kid, _C.sealed_material, _C.not_before, _C.not_after, _C.algorithm)
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


def add_key(work: Work, seal: SecretBox, tenant_id: str, key: AnyTicketKey, source: str) -> QrKey:
    """Add a key to the tenant's ring; stations get it with their next pull.

    Raises:
        QrKeyExists: there is one of this `kid`.
    """
    material = key.secret_material
    if material is None:
        raise ValueError("a hub keeps no key that can't sign")
    taken = select(QrKey.id).where(QrKey.tenant_id == tenant_id, QrKey.kid == key.kid)
    if work.session.scalar(taken):
        raise QrKeyExists(kid=key.kid)
    row = QrKey(
        tenant_id=tenant_id,
        id=work.new_id(),
        kid=key.kid,
        sealed_material=seal.encrypt(material, _label(tenant_id, key.kid)),
        algorithm=key.algorithm,
        source=source,
        not_before=key.not_before,
        not_after=key.not_after,
    )
    work.session.add(row)
    audit.record(work, tenant_id, TICKET_KEY_CREATED, row.id, after=snapshot(row))
    domain_events.emit(work, tenant_id, QrKeyAdded(entity_id=row.id, kid=key.kid))
    change_feed.advance_all(work.session, tenant_id)
    return row


def rotate_key(
    work: Work,
    seal: SecretBox,
    tenant_id: str,
    old_until: datetime | None = None,
    *,
    until_all_have_it: bool = False,
) -> QrKey:
    """Add a new key for the tickets that the tenant issues; the others open until `old_until` (None leaves them unchanged).

    `until_all_have_it`: the others end when all stations have the new one (`end_replaced`).
    """
    before, now = _rows(work, tenant_id), work.now()
    if old_until is not None:
        for row in before:
            _end_key(work, row, old_until)
    new = _new_key(work, tenant_id, _tenant(work, tenant_id).qr_format)
    if until_all_have_it:
        for row in before:
            if row.not_after is None or row.not_after > now:
                row.replaced_by = new.kid
    return add_key(work, seal, tenant_id, new, "generated")


def awaited_keys(work: Work) -> list[tuple[str, str]]:
    """Return tenant id and kid of the keys at whose arrival at all stations others end."""
    open_ones = QrKey.not_after.is_(None) | (QrKey.not_after > work.now())
    query = select(QrKey.tenant_id, QrKey.replaced_by).where(QrKey.replaced_by.is_not(None), open_ones)
    return [(tenant_id, kid or "") for tenant_id, kid in work.session.execute(query.distinct())]


def end_replaced(work: Work, tenant_id: str, kid: str) -> None:
    """End the keys that waited for a key to be at all stations."""
    for row in _rows(work, tenant_id):
        if row.replaced_by == kid:
            _end_key(work, row, work.now())
    change_feed.advance_all(work.session, tenant_id)


def retire_key(work: Work, tenant_id: str, key_id: str) -> None:
    """End a key now: gates refuse its tickets, and no station gets it any more.

    Raises:
        TicketKeyNotFound: 404.
        TicketKeyInUse: new tickets use it (409).
    """
    key = next((each for each in describe_keys(work, tenant_id) if each.id == key_id), None)
    row = work.session.get(QrKey, (tenant_id, key_id), with_for_update=True)
    if key is None or row is None:
        raise TicketKeyNotFound
    if key.state is TicketKeyState.ISSUES:
        raise TicketKeyInUse
    _end_key(work, row, work.now())
    change_feed.advance_all(work.session, tenant_id)


def set_format(
    work: Work, seal: SecretBox, tenant_id: str, qr_format: QrFormat, old_until: datetime | None = None
) -> Tenant:
    """Choose the version of the tickets that are issued from now on, with a key for it if there is none.

    Gates open both versions. `old_until` ends the keys of the other version: its tickets are refused from then on, and no
    station gets these keys any more.

    Raises:
        TenantNotFound.
    """
    tenant = work.session.get(Tenant, tenant_id, with_for_update=True, populate_existing=True)
    if tenant is None:
        raise TenantNotFound
    if tenant.qr_format is not qr_format:
        before = snapshot(tenant)
        tenant.qr_format = qr_format
        work.session.flush()
        audit.record(work, tenant_id, TENANT_UPDATED, tenant_id, before=before, after=snapshot(tenant))
    rows = _rows(work, tenant_id)
    if old_until is not None:
        for row in rows:
            if row.algorithm != qr_format.algorithm:
                _end_key(work, row, old_until)
        change_feed.advance_all(work.session, tenant_id)
    now = work.now()
    if not any(row.algorithm == qr_format.algorithm and _is_valid(row, now) for row in rows):
        add_key(work, seal, tenant_id, _new_key(work, tenant_id, qr_format), "generated")
    return tenant


def _tenant(work: Work, tenant_id: str) -> Tenant:
    tenant = work.session.get(Tenant, tenant_id)
    if tenant is None:
        raise TenantNotFound
    return tenant


def _new_key(work: Work, tenant_id: str, qr_format: QrFormat) -> AnyTicketKey:
    kid, material = f"key-{secrets.token_hex(4)}", secrets.token_bytes(32)
    if qr_format is QrFormat.V2:
        return SignatureKey.from_seed(kid, material, tenant_id, work.now())
    return TicketKey(kid, material, work.now())


def _end_key(work: Work, row: QrKey, until: datetime) -> None:
    if row.not_after is not None and row.not_after <= until:
        return
    before = snapshot(row)
    row.not_after = until
    audit.record(work, row.tenant_id, TICKET_KEY_RETIRED, row.id, before=before, after=snapshot(row))


def _is_valid(row: QrKey, at: datetime) -> bool:
    return (row.not_before is None or row.not_before <= at) and (row.not_after is None or at < row.not_after)


def ticket_keys(work: Work, seal: SecretBox, tenant_id: str) -> tuple[AnyTicketKey, ...]:
    """Return the tenant's decrypted keys, oldest first.

    Raises:
        SecretUnusable: they were sealed with another hub's secret.
    """
    rows = work.fetch_all(_SEALED, {"tenant_id": tenant_id})
    return _opened_keys(seal, tenant_id, tuple(map(tuple, rows)))


class StationKeys(NamedTuple):
    """The keys that stations get, and what they get to know of those that have ended: the newest ones, oldest first."""

    keys: tuple[AnyTicketKey, ...]
    ended: tuple[EndedKey, ...]


def station_keys(work: Work, seal: SecretBox, tenant_id: str) -> StationKeys:
    """Return the keys that stations get: all but those that have ended. What a stolen station lacks opens no gate.

    Raises:
        SecretUnusable: as `ticket_keys`.
    """
    now = work.now()
    keys = ticket_keys(work, seal, tenant_id)
    sent = tuple(key for key in keys if not key.has_ended_at(now)) or keys[-1:]
    ended = tuple(EndedKey.of(key) for key in keys if key not in sent)
    return StationKeys(sent, ended[-MAX_ENDED_KEYS:])


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
    seal: SecretBox,
    tenant_id: str,
    rows: tuple[tuple[str, bytes, datetime | None, datetime | None, str], ...],
) -> tuple[AnyTicketKey, ...]:
    """Return the keys of these rows. The rows are read at every call; as long as they are the same, keys are opened once."""
    return tuple(_opened_key(seal, tenant_id, *row) for row in rows)


def _opened_key(
    seal: SecretBox,
    tenant_id: str,
    kid: str,
    sealed: bytes,
    not_before: datetime | None,
    not_after: datetime | None,
    algorithm: str,
) -> AnyTicketKey:
    material = open_material(seal, tenant_id, kid, sealed)
    if algorithm == TicketAlgorithm.SIGNED:
        return SignatureKey.from_seed(kid, material, tenant_id, not_before, not_after)
    return TicketKey(kid, material, not_before, not_after)


def development_keys(work: Work) -> list[tuple[str, str]]:
    """Return tenant id and kid of the keys that are for development only."""
    chosen = select(QrKey.tenant_id, QrKey.kid).where(QrKey.source == DERIVED).order_by(QrKey.tenant_id)
    return [(tenant_id, kid) for tenant_id, kid in work.session.execute(chosen)]


def _rows(work: Work, tenant_id: str) -> list[QrKey]:
    chosen = select(QrKey).where(QrKey.tenant_id == tenant_id).order_by(QrKey.created_at, QrKey.id)
    return list(work.session.scalars(chosen))


def _label(tenant_id: str, kid: str) -> str:
    return f"qr-key:{tenant_id}:{kid}"

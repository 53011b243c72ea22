"""Store the logs that stations upload, give them out, and delete them when they are old."""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select

from hub_sync.contract.fleet import MAX_UPLOAD_LOG, CommandKind
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.devices.errors import CommandNotFound, LogNotFound, LogTooLarge, LogUnreadable
from hub_sync.hub.domains.devices.management import device_management
from hub_sync.hub.domains.devices.manifest import LOG_READ
from hub_sync.hub.domains.devices.tables import DeviceCommand, DeviceLog
from hub_sync.hub.kit.db.unit_of_work import Work

KEPT_FOR = timedelta(days=30)
MOST_LOGS = 5
"""Logs of one station; the oldest goes when another comes."""
_SLICE = 64 * 1024
_MOST_UNPACKED = 64 * 1024 * 1024
_GZIP = 16 + zlib.MAX_WBITS


@dataclass(frozen=True, slots=True)
class LogSummary:
    """A log without its content."""

    id: str
    command_id: str
    size: int
    received_at: datetime


def store(work: Work, tenant_id: str, device_id: str, command_id: str, content: bytes) -> None:
    """Store a log for a command; one that came before for it is replaced.

    Raises:
        CommandNotFound: 404, the station has no such command upload-log. LogTooLarge: 413. LogUnreadable: 400, it is no gzip.
    """
    device_management.get_for_update(work, tenant_id, device_id)
    command = work.session.get(DeviceCommand, (tenant_id, command_id))
    if command is None or command.device_id != device_id or command.kind is not CommandKind.UPLOAD_LOG:
        raise CommandNotFound
    if len(content) > MAX_UPLOAD_LOG:
        raise LogTooLarge(limit=MAX_UPLOAD_LOG)
    try:
        next(_unpack(content), b"")
    except zlib.error as error:
        raise LogUnreadable from error
    log = DeviceLog
    mine = (log.tenant_id == tenant_id, log.device_id == device_id)
    older = select(log.id).where(*mine, log.command_id != command_id).order_by(log.received_at.desc(), log.id)
    dropped = list(work.session.scalars(older))[MOST_LOGS - 1 :]
    work.session.execute(delete(log).where(*mine, (log.command_id == command_id) | log.id.in_(dropped)))
    work.session.add(
        DeviceLog(
            tenant_id=tenant_id,
            id=work.new_id(),
            device_id=device_id,
            command_id=command_id,
            content=content,
            size=len(content),
            received_at=work.now(),
        )
    )
    work.session.flush()


def list_of(work: Work, tenant_id: str, device_id: str) -> Sequence[LogSummary]:
    """Return the logs of a station, the newest first."""
    log = DeviceLog
    query = select(log.id, log.command_id, log.size, log.received_at).where(
        log.tenant_id == tenant_id, log.device_id == device_id
    )
    return [LogSummary(*row) for row in work.session.execute(query.order_by(log.received_at.desc(), log.id))]


def read(work: Work, tenant_id: str, device_id: str, log_id: str) -> Iterator[bytes]:
    """Return the text of a log in pieces, and write into the audit log that it was read.

    Raises:
        LogNotFound: 404.
    """
    log = work.session.get(DeviceLog, (tenant_id, log_id))
    if log is None or log.device_id != device_id:
        raise LogNotFound
    after: dict[str, Any] = {"received_at": log.received_at.isoformat(), "size": log.size}
    audit.record(work, tenant_id, LOG_READ, device_id, after=after)
    return _unpack(log.content)


def has_old(work: Work) -> bool:
    """Return True if there are logs whose time is over."""
    old = select(DeviceLog.id).where(DeviceLog.received_at < work.now() - KEPT_FOR)
    return work.session.scalar(old.limit(1)) is not None


def delete_old(work: Work) -> int:
    """Delete the logs whose time is over, and return how many there were."""
    old = delete(DeviceLog).where(DeviceLog.received_at < work.now() - KEPT_FOR)
    deleted: int = work.session.execute(old).rowcount  # type: ignore[attr-defined]
    return deleted


def _unpack(content: bytes) -> Iterator[bytes]:
    """Yield the unpacked text: at most `_MOST_UNPACKED` bytes, and of a broken file what can be read.

    Raises:
        zlib.error: it is no gzip at all.
    """
    unpacker, pending, size = zlib.decompressobj(_GZIP), content, 0
    while pending and not unpacker.eof and size < _MOST_UNPACKED:
        try:
            piece = unpacker.decompress(pending, _SLICE)
        except zlib.error:
            if not size:
                raise
            return
        size += len(piece)
        pending = unpacker.unconsumed_tail
        if piece:
            yield piece

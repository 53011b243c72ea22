"""A digest over the stored scans of a station, to be compared with the station's own."""

from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import select

from hub_sync.hub.domains.check_in.tables import AccessLog
from hub_sync.hub.kit.db.unit_of_work import Work


@dataclass(frozen=True, slots=True)
class JournalDigest:
    """The number of rows, and the SHA-256 of `sequence:hash` lines in order of journal and sequence."""

    rows: int
    digest: str


def of_device(work: Work, tenant_id: str, device_id: str) -> JournalDigest:
    """Return the digest of one station's journals."""
    chosen = (
        select(AccessLog.sequence, AccessLog.journal_hash)
        .where(AccessLog.tenant_id == tenant_id, AccessLog.device_id == device_id)
        .order_by(AccessLog.journal_id, AccessLog.sequence)
    )
    digest, rows = sha256(), 0
    for sequence, row_hash in work.session.execute(chosen):
        digest.update(f"{sequence}:{row_hash}\n".encode())
        rows += 1
    return JournalDigest(rows, digest.hexdigest())

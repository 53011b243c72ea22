"""The evidence of this station's journal, read from its store, also while a gate writes it."""

from collections.abc import Iterator
from datetime import datetime
from itertools import chain
from typing import Any

from hub_sync.client.store.journal.seals import SEALING_SINCE
from hub_sync.client.store.store import Store
from hub_sync.contract.clock import epoch_ms, from_epoch_ms
from hub_sync.contract.seals import SealStatement
from hub_sync.rules.evidence.archive import EvidenceParts, header_line
from hub_sync.rules.evidence.verification import Entry, Source, Verification, verify


def station_evidence(store: Store, at: datetime) -> EvidenceParts:
    """Return the evidence of all that this store has, of earlier enrolments too.

    Raises:
        StoreError: the store could not be read, also while the iterables are.
    """
    enrolment = store.settings.enrolment()
    seals = tuple(store.seals.items())  # before the rows: these may only be newer
    statements = [SealStatement.model_validate_json(item.statement) for item in seals]
    ids = [statement.device_id for statement in statements] + ([enrolment.device_id] if enrolment else [])
    since: dict[str, int] = {}
    for statement in statements:
        since.setdefault(statement.key, statement.sealed_at_ms)
    return EvidenceParts(
        source="the station",
        name=enrolment.name if enrolment else "",
        device_ids=tuple(dict.fromkeys(ids)),
        at=at,
        keys=[
            {"key": key, "since": _time(since.get(key)), "from": "the station's store"}
            for key in reversed(store.device_key.public_keys())
        ],
        anchors=chain(_prefixes(store), store.seals.anchors()),
        seals=({"statement": item.statement, "signature": item.signature} for item in seals),
        rows=_rows(store),
        header={"sealing_since_ms": store.settings.get(SEALING_SINCE)},
    )


def evidence_lines(parts: EvidenceParts) -> Iterator[dict[str, Any]]:
    """Yield all lines of evidence."""
    yield header_line(parts)
    for kind, lines in (
        ("key", parts.keys),
        ("anchor", parts.anchors),
        ("seal", parts.seals),
        ("row", parts.rows),
    ):
        for line in lines:
            yield {"kind": kind, **line}


def verify_store(store: Store, now: datetime, outside: Source | None = None) -> Verification:
    """Verify rows, seals and anchors of a store, also while a gate writes it. `outside`: evidence of somebody else.

    Raises:
        StoreError: the store could not be read.
    """

    def source() -> Iterator[Entry]:
        return evidence_lines(station_evidence(store, now))

    return verify(source, outside, epoch_ms(now))


def _prefixes(store: Store) -> Iterator[dict[str, Any]]:
    """Yield the last rows that the hub has acknowledged."""
    enrolment = store.settings.enrolment()
    for prefix in store.outbox.prefixes():
        if prefix.sequence and enrolment is not None:
            yield {
                "by": "the hub (acknowledged)",
                "device_id": enrolment.device_id,
                "journal_id": prefix.journal_id,
                "sequence": prefix.sequence,
                "head": prefix.head,
            }


def _rows(store: Store) -> Iterator[dict[str, Any]]:
    for journal_id, sequence, digest, body in store.journal.raw_rows():
        yield {"journal_id": journal_id, "sequence": sequence, "hash": digest, "body": body}


def _time(ms: int | None) -> str | None:
    return None if ms is None else from_epoch_ms(ms).isoformat()

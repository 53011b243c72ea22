"""The evidence of a station's journal as the hub has it."""

from collections.abc import Iterable, Iterator
from typing import Any

import orjson
from sqlalchemy import select

from hub_sync.contract.clock import epoch_ms
from hub_sync.contract.seals import SealState
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.sync.seals import segments
from hub_sync.hub.domains.sync.seals.hearsay import heard_of
from hub_sync.hub.domains.sync.seals.recording import seals_of
from hub_sync.hub.domains.sync.tables import DeviceJournal, QuarantinedScan
from hub_sync.hub.kit.db.unit_of_work import UnitOfWork, Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.rules.evidence.archive import EvidenceParts, write_archive

_RANGE = 1_000


def write_evidence(uow: UnitOfWork, tenant_id: str, device_id: str, *, with_names: bool) -> Iterator[bytes]:
    """Yield the evidence as a ZIP file, from one snapshot, which is open until it ends or is closed.

    Without `with_names` there are no names of participants, and rows with words of an operator (the reason of an override, a note), which may
    hold a name, come without their content: their hashes stay.

    Raises:
        DeviceNotFound: before the first piece.
    """
    with uow.read() as work:
        device = devices.get(work, tenant_id, device_id)
        journals = _journals(work, tenant_id, device_id)
        people: set[tuple[str, str]] = set()
        seals = [seal for seal in seals_of(work, tenant_id, device_id) if seal.state is not SealState.FORKED]
        parts = EvidenceParts(
            source="the hub",
            name=device.name,
            device_ids=(device_id,),
            at=work.now(),
            keys=[
                {"key": key.text, "since": key.since.isoformat(), "from": "the hub"}
                for key in devices.public_keys_of(work, tenant_id, device_id)
            ],
            anchors=_anchors(work, tenant_id, device_id, journals),
            seals=({"statement": seal.statement, "signature": seal.signature} for seal in seals),
            rows=_rows(work, tenant_id, device_id, journals, people, with_names=with_names),
            people=_people(work, tenant_id, devices.ever_assigned(work, tenant_id, device_id), people)
            if with_names
            else None,
            header={"sealing_since_ms": min((seal.sealed_at_ms for seal in seals), default=None)},
        )
        yield from write_archive(parts)


def _journals(work: Work, tenant_id: str, device_id: str) -> list[DeviceJournal]:
    query = select(DeviceJournal).where(
        DeviceJournal.tenant_id == tenant_id, DeviceJournal.device_id == device_id
    )
    return list(work.session.scalars(query.order_by(DeviceJournal.created_at, DeviceJournal.id)))


def _anchors(
    work: Work, tenant_id: str, device_id: str, journals: list[DeviceJournal]
) -> Iterator[dict[str, Any]]:
    """Yield the last row of each journal, and when each seal came, those that contradict included."""
    for journal in journals:
        yield {
            "by": "the hub (acknowledged)",
            "device_id": device_id,
            "journal_id": journal.journal_id,
            "sequence": journal.sequence,
            "head": journal.head,
            "at_ms": epoch_ms(journal.updated_at),
        }
    for heard in heard_of(work, tenant_id, device_id):
        yield {
            "by": f"station {heard.witness_id}, by the local network",
            "device_id": device_id,
            "chain": heard.chain,
            "number": heard.number,
            "seal": heard.seal_hash,
            "journal_id": heard.journal_id,
            "sequence": heard.sequence,
            "head": heard.head,
            "at_ms": heard.heard_at_ms,
            "state": heard.state.value,
        }
    for seal in seals_of(work, tenant_id, device_id):
        yield {
            "by": "the hub",
            "device_id": device_id,
            "chain": seal.chain,
            "number": seal.number,
            "seal": seal.seal_hash,
            "journal_id": seal.journal_id,
            "sequence": seal.sequence,
            "head": seal.head,
            "at_ms": epoch_ms(seal.created_at),
            "state": seal.state.value,
        }


def _rows(
    work: Work,
    tenant_id: str,
    device_id: str,
    journals: list[DeviceJournal],
    people: set[tuple[str, str]],
    *,
    with_names: bool,
) -> Iterator[dict[str, Any]]:
    for journal in journals:
        place = (device_id, journal.journal_id)
        sequence = 0
        for number, digest, body in segments.rows_of(work, tenant_id, *place):
            yield from _bare_rows(work, tenant_id, place, sequence + 1, number - 1)
            yield _row(journal.journal_id, number, digest, _content(body, people, with_names=with_names))
            sequence = number
        yield from _bare_rows(work, tenant_id, place, sequence + 1, journal.sequence)


def _content(body: str | None, people: set[tuple[str, str]], *, with_names: bool) -> str | None:
    """Return the body, None if it may not be shown; collect whom it names."""
    if body is None:
        return None
    try:
        record = orjson.loads(body)
    except orjson.JSONDecodeError:  # quarantined, and kept as it came
        return body if with_names else None
    if not isinstance(record, dict):
        return body if with_names else None
    if not with_names and (record.get("override") or record.get("note")):
        return None
    if with_names and isinstance(record.get("participant_id"), str):
        people.add((str(record.get("event_id")), record["participant_id"]))
    return body


def _bare_rows(
    work: Work, tenant_id: str, place: tuple[str, str], first: int, last: int
) -> Iterator[dict[str, Any]]:
    """Yield rows of which the hub has no text: from before it kept these. Only their hashes are known."""
    q = QuarantinedScan
    for start in range(first, last + 1, _RANGE):
        end = min(last, start + _RANGE - 1)
        hashes = check_in.hashes(work.session, tenant_id, place, start, end)
        quarantined = select(q.sequence, q.hash).where(
            q.tenant_id == tenant_id,
            q.device_id == place[0],
            q.journal_id == place[1],
            q.sequence.between(start, end),
        )
        hashes |= {row.sequence: row.hash for row in work.session.execute(quarantined)}
        for sequence in sorted(hashes):
            yield _row(place[1], sequence, hashes[sequence], None)


def _row(journal_id: str, sequence: int, digest: str, body: str | None) -> dict[str, Any]:
    return {"journal_id": journal_id, "sequence": sequence, "hash": digest, "body": body}


def _people(
    work: Work, tenant_id: str, event_ids: Iterable[str], people: set[tuple[str, str]]
) -> Iterator[dict[str, Any]]:
    """Yield the names of everybody in the rows, which were read before: `people` are ids of event and participant."""
    for event_id in sorted(event_ids):
        ids = sorted(participant_id for their_event, participant_id in people if their_event == event_id)
        for start in range(0, len(ids), _RANGE):
            key = FeedKey(tenant_id, event_id)
            persons = participants.find_persons(work.session, key, set(ids[start : start + _RANGE]))
            for id_, who in sorted(persons.items()):
                names = {"first_name": who.first_name, "last_name": who.last_name}
                yield {"event_id": event_id, "participant_id": id_, **names}

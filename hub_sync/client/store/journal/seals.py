"""Seals of this station's journal: signed statements about its head, in an append-only chain.

A seal is written by the maintenance loop, never between decision and pulse. Each is also in the journal's copy. What the hub and
other stations keep of the seals is an anchor: only with one can anybody show that nothing was cut off at the end.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from hub_sync.client.store.disk.encrypted_file import EncryptedFile
from hub_sync.client.store.journal.journal_copy import CopiedSeal, JournalCopy
from hub_sync.client.store.station.boot_clocks import Boots
from hub_sync.client.store.station.device_key import StoredDeviceKey
from hub_sync.client.store.station.settings import StoredSettings
from hub_sync.contract.clock import Clock, epoch_ms
from hub_sync.contract.seals import HeardSealItem, SealAnchor, SealItem, SealReason, SealState, SealStatement
from hub_sync.rules.evidence.verification import SEAL_WORD, seal_hash

SEALING_SINCE = "sealing_since_ms"
"""Setting: when this station wrote its first seal, by its own clock."""
_NEW_CHAIN = "seal_chain_forked"
"""Setting: the chain that the hub found forked; the next seal starts another."""
_SEND_AGAIN = "SEND_AGAIN"
MAX_PEER_SEALS = 64
_PAGE = 500


@dataclass(frozen=True, slots=True)
class SealHead:
    """The newest seal in a few words: what other stations keep of it."""

    chain: str
    number: int
    seal: str
    journal_id: str
    sequence: int
    head: str


class JournalSeals:
    """The stored seals, and the anchors that others have given for them. Triggers refuse to change or delete a seal."""

    def __init__(
        self,
        file: EncryptedFile,
        settings: StoredSettings,
        device_key: StoredDeviceKey,
        clock: Clock,
        new_id: Callable[[], str],
        journal_copy: JournalCopy | None = None,
    ) -> None:
        """Take the store's parts. Seals are written to `journal_copy` too, after their commit."""
        self._file, self._settings, self._device_key = file, settings, device_key
        self._clock, self._new_id, self._copy = clock, new_id, journal_copy
        self._boots = Boots(file)

    def unsealed(self) -> int:
        """Return the number of rows of this enrolment that have no seal."""
        return sum(last - sealed for _, _, last, sealed in self._unsealed())

    def seal(self, reason: SealReason, *, sure: bool = False) -> tuple[SealStatement, ...]:
        """Seal each journal of this enrolment that has rows without a seal. Return the statements; none: there are no such rows.

        Raises:
            StoreError: Nothing was written.
        """
        enrolment = self._settings.enrolment()
        if enrolment is None or not self._unsealed():
            return ()
        key = self._device_key.get_or_create()
        self._settings.get_or_put(SEALING_SINCE, epoch_ms(self._clock.now()))
        boot = self._boots.find(self._clock.boot_id)
        forked = self._settings.get(_NEW_CHAIN)
        written: list[tuple[SealStatement, CopiedSeal]] = []
        with self._file.transaction():
            for journal_id, base, last, sealed in self._unsealed():
                head = self._file.row("SELECT hash FROM journal WHERE position = ?", (base + last,))
                if head is None:
                    continue
                before = self._last_row()
                continues = before is not None and before[4] == key.public.text and before[1] != forked
                statement = SealStatement(
                    device_id=enrolment.device_id,
                    key=key.public.text,
                    chain=before[1] if before is not None and continues else self._new_id(),
                    number=before[2] + 1 if before is not None and continues else 1,
                    previous=before[3] if before is not None else "",
                    journal_id=journal_id,
                    sequence=last,
                    head=head[0].hex(),
                    rows=last - sealed,
                    reason=reason.value,
                    sealed_at_ms=epoch_ms(self._clock.now()),
                    monotonic_ms=self._clock.monotonic_ms(),
                    boot_id=self._clock.boot_id,
                    clock_sure=sure,
                    anchor_ms=None if boot is None else boot.anchor_ms,
                )
                text = orjson.dumps(statement.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS).decode()
                signature = key.sign(SEAL_WORD + text.encode()).hex()
                position = 1 if before is None else before[0] + 1
                insert_seal(self._file, position, text, signature)
                written.append((statement, CopiedSeal(position, text, signature)))
        if self._copy is not None:
            for _, copied in written:
                self._copy.add_seal(copied)
        return tuple(statement for statement, _ in written)

    def _unsealed(self) -> list[tuple[str, int, int, int]]:
        """Return journal id, base, last row and last sealed row of each sendable journal with rows that have no seal."""
        rows = self._file.rows(
            "SELECT i.journal_id, i.base, i.last, coalesce(max(s.sequence), 0) AS sealed FROM sendable_incarnations i"
            " LEFT JOIN seals s ON s.journal_id = i.journal_id GROUP BY i.number HAVING i.last > sealed ORDER BY i.number"
        )
        return [(journal_id, base, last, sealed) for journal_id, base, last, sealed in rows]

    def _last_row(self) -> tuple[int, str, int, str, str] | None:
        """Return position, chain, number, hash and key of the last seal."""
        row = self._file.row(
            "SELECT position, chain, number, hash, statement ->> 'key' FROM seals ORDER BY position DESC LIMIT 1"
        )
        return None if row is None else (row[0], row[1], row[2], row[3], row[4])

    def head(self) -> SealHead | None:
        """Return the newest seal, None if there is none."""
        row = self._file.row(
            "SELECT chain, number, hash, journal_id, sequence, statement ->> 'head' FROM seals"
            " ORDER BY position DESC LIMIT 1"
        )
        return None if row is None else SealHead(*row)

    def items(self) -> Iterator[SealItem]:
        """Yield all seals in order."""
        after = 0
        while rows := self._file.rows(
            "SELECT position, statement, signature FROM seals WHERE position > ? ORDER BY position LIMIT ?",
            (after, _PAGE),
        ):
            yield from (
                SealItem(statement=statement, signature=signature) for _, statement, signature in rows
            )
            after = rows[-1][0]

    # --- what others have of them ---------------------------------------------------------------------

    def pending(self, limit: int) -> tuple[SealItem, ...]:
        """Return the first seals that the hub has not recorded, of this enrolment's rows that it has acknowledged."""
        rows = self._file.rows(
            "SELECT s.statement, s.signature FROM seals s JOIN sendable_incarnations i ON i.journal_id = s.journal_id"
            " LEFT JOIN seal_anchors a ON a.hash = s.hash AND a.witness = ''"
            " WHERE (a.hash IS NULL OR a.state = ?) AND (s.sequence <= i.acknowledged OR i.send_until IS NOT NULL)"
            " ORDER BY s.position LIMIT ?",
            (_SEND_AGAIN, limit),
        )
        return tuple(SealItem(statement=statement, signature=signature) for statement, signature in rows)

    def record_anchors(self, anchors: tuple[SealAnchor, ...]) -> None:
        """Store what the hub answered. After a fork, the next seal starts a new chain.

        Raises:
            StoreError: Nothing was written.
        """
        with self._file.transaction():
            for anchor in anchors:
                self._file.run(
                    "INSERT INTO seal_anchors (hash, witness, at_ms, state) VALUES (?, '', ?, ?)"
                    " ON CONFLICT (hash, witness) DO UPDATE SET state = excluded.state",
                    (anchor.seal, anchor.received_at_ms, anchor.state),
                )
        broken = [anchor.chain for anchor in anchors if anchor.state == SealState.FORKED]
        gap = next((anchor for anchor in anchors if anchor.state == SealState.GAP), None)
        if gap is not None and not self._send_again(gap):
            broken.append(gap.chain)
        if broken:
            self._settings.put(_NEW_CHAIN, broken[-1])

    def _send_again(self, gap: SealAnchor) -> bool:
        """Send a chain again from its start, because the hub lost seals of it. Return False if they are not here either."""
        first = self._file.row("SELECT min(number) FROM seals WHERE chain = ?", (gap.chain,))
        if first is None or first[0] != 1 or gap.number == 1:
            return False
        self._file.run(
            "UPDATE seal_anchors SET state = ? WHERE witness = '' AND hash IN (SELECT hash FROM seals WHERE chain = ?)",
            (_SEND_AGAIN, gap.chain),
        )
        return True

    def anchors(self) -> Iterator[Mapping[str, Any]]:
        """Yield what the hub has recorded of these seals, and what this station has of others, as lines of evidence."""
        rows = self._file.rows(
            "SELECT s.statement, s.hash, a.at_ms, a.state FROM seal_anchors a JOIN seals s ON s.hash = a.hash"
            " WHERE a.witness = '' ORDER BY s.position"
        )
        for text, digest, at_ms, state in rows:
            statement = SealStatement.model_validate_json(text)
            yield anchor_line(
                "hub",
                statement.device_id,
                SealHead(
                    statement.chain,
                    statement.number,
                    digest,
                    statement.journal_id,
                    statement.sequence,
                    statement.head,
                ),
                at_ms,
            ) | {"state": state}
        for device_id, head, at_ms in self.peer_heads():
            yield anchor_line("this station, of another", device_id, head, at_ms)

    def newest(self) -> SealItem | None:
        """Return the newest seal as it is stored, None if there is none."""
        row = self._file.row("SELECT statement, signature FROM seals ORDER BY position DESC LIMIT 1")
        return None if row is None else SealItem(statement=row[0], signature=row[1])

    def record_peer_seal(self, device_id: str, item: SealItem) -> None:
        """Keep the newest seal of another station, as it said it itself; the caller has verified it.

        Raises:
            StoreError: It could not be written.
        """
        statement = SealStatement.model_validate_json(item.statement)
        self._file.run(
            "INSERT INTO peer_seals (device_id, chain, number, hash, journal_id, sequence, head, at_ms, statement, signature)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (device_id, chain, number, hash) DO NOTHING",
            (
                device_id,
                statement.chain,
                statement.number,
                seal_hash(item.statement, item.signature),
                statement.journal_id,
                statement.sequence,
                statement.head,
                epoch_ms(self._clock.now()),
                item.statement,
                item.signature,
            ),
        )
        self._file.run(
            "DELETE FROM peer_seals WHERE device_id = ? AND rowid NOT IN"
            " (SELECT rowid FROM peer_seals WHERE device_id = ? ORDER BY rowid DESC LIMIT ?)",
            (device_id, device_id, MAX_PEER_SEALS),
        )

    def heard_pending(self, limit: int) -> tuple[HeardSealItem, ...]:
        """Return the first seals of other stations that the hub has not got from this one."""
        rows = self._file.rows(
            "SELECT statement, signature, at_ms FROM peer_seals WHERE NOT is_sent AND statement <> '' ORDER BY rowid LIMIT ?",
            (limit,),
        )
        return tuple(
            HeardSealItem(statement=statement, signature=signature, heard_at_ms=at_ms)
            for statement, signature, at_ms in rows
        )

    def record_heard_sent(self, heard: Iterable[HeardSealItem]) -> None:
        """Note that the hub has got seals of other stations.

        Raises:
            StoreError: It could not be written.
        """
        hashes = [(seal_hash(seal.statement, seal.signature),) for seal in heard]
        with self._file.transaction():
            self._file.run_many("UPDATE peer_seals SET is_sent = 1 WHERE hash = ?", hashes)

    def peer_heads(self) -> Iterator[tuple[str, SealHead, int]]:
        """Yield the seals of other stations that this one has heard: station, seal, time."""
        rows = self._file.rows(
            "SELECT device_id, chain, number, hash, journal_id, sequence, head, at_ms FROM peer_seals ORDER BY rowid"
        )
        for device_id, *head, at_ms in rows:
            yield device_id, SealHead(*head), at_ms


def anchor_line(by: str, device_id: str, head: SealHead, at_ms: int) -> dict[str, Any]:
    """Return an anchor as a line of evidence."""
    return {
        "kind": "anchor",
        "by": by,
        "device_id": device_id,
        "chain": head.chain,
        "number": head.number,
        "seal": head.seal,
        "journal_id": head.journal_id,
        "sequence": head.sequence,
        "head": head.head,
        "at_ms": at_ms,
    }


def insert_seal(file: EncryptedFile, position: int, statement: str, signature: str) -> None:
    """Insert a seal into a store."""
    values = orjson.loads(statement)
    file.run(
        "INSERT INTO seals (position, chain, number, journal_id, sequence, hash, statement, signature)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (
            position,
            values["chain"],
            values["number"],
            values["journal_id"],
            values["sequence"],
            seal_hash(statement, signature),
            statement,
            signature,
        ),
    )

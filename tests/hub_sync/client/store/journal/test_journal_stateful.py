"""A model of journal and presence under any order of scans, acknowledgements, restarts, backups and divergences."""

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from hub_sync.client.store import FileKeyStore, Store, open_store, restore_store
from hub_sync.contract.clock import ManualClock
from hub_sync.contract.enums import Direction, ReasonCode, ScanResult
from hub_sync.contract.ids import new_id
from hub_sync.rules.journal_chain import GENESIS
from tests.hub_sync.client.fake_hub import NOON, scan

PEOPLE = st.sampled_from(["p1", "p2", "p3"])
RESULTS = st.sampled_from([ScanResult.VALID, ScanResult.MANUAL_OVERRIDE, ScanResult.ALREADY_SCANNED])


class JournalMachine(RuleBasedStateMachine):
    """The model: the rows of the current incarnation, how many are acknowledged, and where people are."""

    def __init__(self) -> None:
        super().__init__()
        self.holder = tempfile.TemporaryDirectory()
        self.folder = Path(self.holder.name) / "station"
        self.clock = ManualClock(NOON)
        self.store = self.open()
        self.rows: list[str] = []
        self.hashes: list[str] = [GENESIS]
        self.acknowledged = 0
        self.aside: set[int] = set()
        self.unsent_before = 0
        self.where: dict[str, tuple[Direction, int]] = {}
        self.incarnations = 1
        self.saved: Path | None = None

    def open(self) -> Store:
        return open_store(self.folder, FileKeyStore(self.folder), self.clock, new_id)

    @rule(
        person=PEOPLE, result=RESULTS, direction=st.sampled_from(Direction), jump=st.integers(-(10**9), 10**9)
    )
    def scan(self, person: str, result: ScanResult, direction: Direction, jump: int) -> None:
        reason = ReasonCode.ADMITTED
        at = int(NOON.timestamp() * 1000) + jump
        record = scan(person, result=result, direction=direction, reason=reason, scanned_at_ms=at)
        row = self.store.journal.append(record)
        assert row.sequence == len(self.rows) + 1
        self.rows.append(record.id)
        self.hashes.append(row.hash)
        if result.admits:
            entries = self.where.get(person, (direction, 0))[1]
            self.where[person] = (direction, entries + (direction is Direction.ENTRY))

    @rule()
    def repeat_the_last(self) -> None:
        last = self.store.journal.last()
        if last is not None:
            assert self.store.journal.append(last.record).sequence == last.sequence

    @rule(data=st.data())
    def acknowledge(self, data: st.DataObject) -> None:
        sequence = data.draw(st.integers(0, len(self.rows)))
        self.store.outbox.acknowledge(sequence, self.hashes[sequence])
        self.acknowledged = sequence

    @precondition(lambda self: self.acknowledged < len(self.rows))
    @rule()
    def set_aside(self) -> None:
        self.store.outbox.set_aside(self.acknowledged + 1, "poison")
        self.aside.add(self.acknowledged + 1)

    @rule()
    def restart(self) -> None:
        self.store.close()
        self.store = self.open()
        assert self.store.recovery is None

    @rule()
    def back_up(self) -> None:
        path = self.folder.parent / f"{new_id()}.db"
        self.store.backups.save(path)
        self.saved = path

    @precondition(lambda self: self.saved is not None and self.incarnations < 4)
    @rule()
    def restore(self) -> None:
        assert self.saved is not None
        self.store.close()
        restore_store(self.folder, FileKeyStore(self.folder), self.clock, new_id, self.saved)
        self.store = self.open()
        assert self.store.recovery is None, "who restored it read the sentence"
        self.saved = None
        self.incarnations += 1
        self.unsent_before += len(self.rows) - self.acknowledged
        self.rows, self.hashes, self.aside, self.acknowledged = [], [GENESIS], set(), 0

    @precondition(lambda self: self.incarnations < 4 and not self.unsent_before)
    @rule()
    def part(self) -> None:
        self.store.outbox.start_new_incarnation("parted")
        self.saved = None
        self.go_on_from(self.rows, self.acknowledged, self.aside)

    def go_on_from(self, rows: list[str], acknowledged: int, aside: set[int]) -> None:
        self.incarnations += 1
        self.rows = rows[acknowledged:]
        self.aside = {sequence - acknowledged for sequence in aside if sequence > acknowledged}
        self.acknowledged = 0
        pending = self.store.outbox.pending(10_000)
        self.hashes = [GENESIS, *[row.hash for row in pending]]

    @invariant()
    def the_journal_is_whole(self) -> None:
        assert self.store.journal.verify() is None
        recent = self.store.journal.recent(10_000)
        assert [row.record.id for row in reversed(recent)] == self.rows
        assert [row.sequence for row in reversed(recent)] == list(range(1, len(self.rows) + 1))

    @invariant()
    def what_waits_is_what_was_not_acknowledged(self) -> None:
        assert self.store.journal.backlog().rows == self.unsent_before + len(self.rows) - self.acknowledged
        pending = self.store.outbox.pending(10_000)
        if self.unsent_before:
            current = self.store.outbox.acknowledged().journal_id
            assert pending[0].journal_id != current, "the rows of earlier journals go first"
            return
        assert [row.sequence for row in pending] == list(range(self.acknowledged + 1, len(self.rows) + 1))
        assert {row.sequence for row in pending if row.set_aside} == {
            s for s in self.aside if s > self.acknowledged
        }

    @invariant()
    def nobody_is_forgotten(self) -> None:
        for person in ("p1", "p2", "p3"):
            direction, entries = self.where.get(person, (Direction.EXIT, 0))
            presence = self.store.presence.get(person, "hall", "event")
            assert (presence.inside, presence.entries) == (direction is Direction.ENTRY, entries)

    def teardown(self) -> None:
        self.store.close()
        self.holder.cleanup()


JournalMachine.TestCase.settings = settings(
    max_examples=12, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)
TestJournalUnderAnyHistory = JournalMachine.TestCase

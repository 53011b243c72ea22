"""A bulk operation whose hub is killed again and again, and what must be true of it at the end."""

import random
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hub_sync.contract.enums import ParticipantStatus
from hub_sync.hub.commands.common import open_hub
from hub_sync.hub.domains.bulk import service as bulk
from hub_sync.hub.domains.bulk.manifest import FF_BULK_OPERATIONS
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.context import HubContext
from tests.support.builders.event import build_event
from tests.support.forked_commands import start_command
from tests.support.speedups import migrated_databases

REQUESTER = bulk.Requester("cli")
_MOVING = ("QUEUED", "RUNNING", "UNDOING")
_FIGURES = (
    "SELECT status, succeeded + failed + skipped + conflicts, undone + undo_conflicts FROM bulk_operations"
)
PATIENCE_S = 300.0
_UNTOUCHED = ("version", "updated_at", "feed_seq")
"""What an undo does not set back: a version that was known once names another content never again."""


@dataclass
class KilledBulk:
    """The hub's folder, the event, and the operation upon all its people."""

    data: Path
    key: FeedKey
    operation_id: str
    before: dict[str, dict[str, Any]]
    kills: int = 0

    def work_off(self, seed: int, most_kills: int) -> None:
        """Serve the hub, and kill it at random moments after it has done something, until nothing is left to do."""
        moments = random.Random(seed)
        while True:
            status, *figures = self._figures()
            if status not in _MOVING:
                return
            command = start_command(
                self.data.parent, self.data.name, "serve", "--data", self.data, "--port", 0
            )
            try:
                until = time.monotonic() + PATIENCE_S
                while (now := self._figures())[1:] == tuple(figures) and now[0] in _MOVING:
                    assert command.poll() is None, command.log.read_text()
                    assert time.monotonic() < until, "the operation does not go on"
                    time.sleep(0.002)
                if self.kills >= most_kills:
                    self._wait_for_end()
                else:
                    time.sleep(moments.uniform(0, 0.06))
                    self.kills += 1
            finally:
                command.kill()

    def undo(self) -> None:
        """Ask for the undo."""
        with self.opened() as hub, hub.uow.begin() as work:
            bulk.undo(work, self.key, self.operation_id, REQUESTER)

    def check_done(self) -> None:
        """Check that every person was approved once: one version, one audit entry, one mark."""
        rows = self.people()
        assert {row["status"] for row in rows.values()} == {"APPROVED"}
        assert Counter(row["version"] for row in rows.values()) == {2: len(self.before)}
        self._check_audit(len(self.before))
        assert self._figures() == ("COMPLETED", len(self.before), 0)

    def check_undone(self) -> None:
        """Check that every person is again what they were, byte for byte."""
        rows = self.people()
        assert Counter(row["version"] for row in rows.values()) == {3: len(self.before)}
        assert {id_: _bare(row) for id_, row in rows.items()} == {
            id_: _bare(row) for id_, row in self.before.items()
        }
        self._check_audit(2 * len(self.before))
        assert self._figures() == ("UNDONE", len(self.before), len(self.before))

    def people(self) -> dict[str, dict[str, Any]]:
        """Return the rows of all people, as they are stored."""
        return _people(self.data)

    @contextmanager
    def opened(self) -> Iterator[HubContext]:
        """Open the hub in this process, while it is not served."""
        with open_hub(self.data, "") as hub:
            yield hub

    def _check_audit(self, count: int) -> None:
        query = "SELECT count(*), count(DISTINCT entity_id) FROM audit_logs WHERE operation_id = ? AND entity = 'participant'"
        with closing(_database(self.data)) as database:
            assert tuple(database.execute(query, (self.operation_id,)).fetchone()) == (
                count,
                len(self.before),
            )

    def _figures(self) -> tuple[Any, ...]:
        with closing(_database(self.data)) as database:
            return tuple(database.execute(_FIGURES).fetchone())

    def _wait_for_end(self) -> None:
        """Wait for as long as something is done from time to time."""
        last, until = self._figures(), time.monotonic() + PATIENCE_S
        while last[0] in _MOVING:
            assert time.monotonic() < until, "the operation does not go on"
            time.sleep(0.02)
            now = self._figures()
            if now != last:
                last, until = now, time.monotonic() + PATIENCE_S


def build_killed_bulk(folder: Path, people: int, *, start: bool = True) -> KilledBulk:
    """Create a hub with people who wait for approval, and preview (and start) the operation that approves all of them."""
    data = folder / "hub"
    data.mkdir()
    migrated_databases.create_database(data / "hub.db")
    with open_hub(data, "") as hub:
        event = build_event(hub, checkpoints={}, stations={})
        key = FeedKey(event.tenant_id, event.event_id)
        new = [
            participants.NewParticipant(first_name=f"Guest {number}", status=ParticipantStatus.PENDING)
            for number in range(people)
        ]
        with hub.uow.begin() as work:
            feature_flags.switch(work, key.tenant_id, FF_BULK_OPERATIONS, enabled=True)
            participants.create_many(work, *key, new)
            operation = bulk.create(
                work,
                key,
                REQUESTER,
                "participant.status",
                {"status": "APPROVED"},
                bulk.Selection(all=True),
            )
        hash_ = bulk.preview(hub.uow, key, operation.id)
        if start:
            with hub.uow.begin() as work:
                bulk.run(work, key, operation.id, REQUESTER, hash_)
    return KilledBulk(data, key, operation.id, _people(data))


def _people(data: Path) -> dict[str, dict[str, Any]]:
    with closing(_database(data)) as database:
        return {row["id"]: dict(row) for row in database.execute("SELECT * FROM participants")}


def _bare(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in _UNTOUCHED}


def _database(data: Path) -> sqlite3.Connection:
    (file,) = data.glob("*.db")
    database = sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=10)
    database.row_factory = sqlite3.Row
    return database

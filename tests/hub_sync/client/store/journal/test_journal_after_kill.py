"""SIGKILL in the middle of commits, snapshots, backups and acknowledgements (invariants 1, 5 and 6)."""

import random
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import Pipe
from pathlib import Path

import pytest

from hub_sync.client.store import Store
from tests.hub_sync.client.store.journal import killed_station
from tests.support.forked_commands import fork


def run_and_kill(folder: Path, lines: int) -> list[str]:
    """Start the station, kill it after so many lines of output, return all lines that it had output."""
    reading, writing = Pipe(duplex=False)
    with reading:
        station = fork(killed_station.run, folder, writing)
        writing.close()
        output = [reading.recv() for _ in range(lines)]
        station.kill()
        station.join()
        with suppress(EOFError):
            while True:
                output.append(reading.recv())
    return output


def test_every_scan_that_was_shown_is_on_disk_once_and_the_chain_holds(
    folder: Path, opened: Callable[[], Store]
) -> None:
    rng = random.Random(20260601)
    rows_on_screen: dict[int, tuple[str, str]] = {}
    acknowledged = expected = 0
    for _ in range(5):
        lines = rng.randint(1, 30)
        expected += lines
        for line in run_and_kill(folder, lines):
            words = line.split()
            if words[0] == "ack":
                acknowledged = max(acknowledged, int(words[1]))
                expected -= 1
            else:
                rows_on_screen[int(words[0])] = (words[1], words[2])
        store = opened()
        assert store.recovery is None
        assert store.journal.verify() is None
        rows = list(store.journal.rows())
        assert [row.sequence for row in rows] == list(range(1, len(rows) + 1)), "no gap"
        stored = {row.sequence: (row.record.id, row.record.participant_id) for row in rows}
        assert rows_on_screen.items() <= stored.items()
        assert len({row.record.id for row in rows}) == len(rows)
        assert len(rows) - len(rows_on_screen) <= 5, "one a kill may have been committed and not yet shown"
        assert all(
            store.presence.get(row.record.participant_id or "", "hall", "event").inside for row in rows[-20:]
        )
        assert store.outbox.acknowledged().sequence >= acknowledged
        assert len(list(folder.glob("roster-*.db"))) <= 1
        store.close()
    assert len(rows_on_screen) >= expected > 0


@pytest.mark.parametrize("lost", ["store.db-wal", "store.db", "journal.copy"])
def test_a_file_that_is_lost_after_the_kill_takes_no_scan_with_it(
    folder: Path, opened: Callable[[], Store], lost: str
) -> None:
    rng = random.Random(lost)
    sequences_on_screen: dict[str, int] = {}
    for _ in range(2):
        for line in run_and_kill(folder, rng.randint(5, 20)):
            words = line.split()
            if words[0] != "ack":
                sequences_on_screen[words[1]] = int(words[0])
        (folder / lost).unlink()
        store = opened()
        assert store.journal.verify() is None
        assert (
            sequences_on_screen.items()
            <= {row.record.id: row.sequence for row in store.journal.rows()}.items()
        )
        journals = {row.journal_id for row in store.journal.rows()}
        assert len(journals) == 1 or lost == "journal.copy", "the same journal goes on where its end is known"
        store.close()
    assert len(sequences_on_screen) > 5

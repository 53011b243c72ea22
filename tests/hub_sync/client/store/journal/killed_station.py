"""A station that commits scans as fast as it can and says so after each, until it is killed. A test forks it."""

from multiprocessing.connection import Connection
from pathlib import Path

from hub_sync.client.store import FileKeyStore, open_store
from hub_sync.contract.clock import SystemClock
from hub_sync.contract.ids import new_id
from tests.hub_sync.client.fake_hub import page, person, scan


def run(folder: Path, output: Connection) -> None:
    """Run the station over a folder; what would be on its screen goes out before the next scan begins."""
    store = open_store(folder, FileKeyStore(folder), SystemClock(), new_id)
    number = store.journal.backlog().rows
    while True:
        number += 1
        record = scan(f"p{number}")
        row = store.journal.append(record)
        output.send(f"{row.sequence} {record.id} {record.participant_id}")
        if number % 7 == 0:
            last = page(person(f"p{number}"), cursor=str(number))
            snapshot = store.feed.begin_snapshot()
            snapshot.add(last)
            store.feed.publish_snapshot(snapshot, last)
        if number % 11 == 0:
            store.backups.rotate()
        if number % 13 == 0:
            pending = store.outbox.pending(5)
            store.outbox.acknowledge(pending[-1].sequence, pending[-1].hash, pending[-1].journal_id)
            output.send(f"ack {pending[-1].sequence}")

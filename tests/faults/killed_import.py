"""An import whose hub is killed again and again: each row is there once, and after the undo nobody is left."""

import hashlib
import tempfile
from pathlib import Path

from hub_sync.hub.commands.common import open_hub
from hub_sync.hub.domains.bulk.manifest import FF_BULK_OPERATIONS
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.imports import service as imports
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.table_files.process import ReadingOptions
from hub_sync.hub.kit.table_files.uploads import Upload
from tests.faults.killed_bulk import REQUESTER, KilledBulk
from tests.support.builders.event import build_event
from tests.support.speedups import migrated_databases


class KilledImport(KilledBulk):
    """The hub's folder, the event, and the import into it; `before` has nobody."""

    def check_imported(self, rows: int) -> None:
        """Check that each row of the file is a participant once."""
        people = self.people().values()
        codes = sorted(row["external_id"] for row in people if row["deleted_at"] is None)
        assert codes == [f"{n:06}" for n in range(rows)]
        assert self._figures() == ("COMPLETED", rows, 0)

    def check_taken_back(self, rows: int) -> None:
        """Check that nobody of the file is registered any more, and that each was deleted once."""
        people = self.people().values()
        assert all(row["deleted_at"] is not None and row["version"] == 2 for row in people)
        assert (len(people), *self._figures()) == (rows, "UNDONE", rows, rows)


def build_killed_import(folder: Path, rows: int) -> KilledImport:
    """Create a hub with an event, and start an import of so many rows."""
    data = folder / "hub"
    data.mkdir()
    migrated_databases.create_database(data / "hub.db")
    lines = "".join(f"{n:06},CODE-{n:06},Ada{n},p{n}@example.org\n" for n in range(rows))
    content = f"External id,Code,First name,E-mail\n{lines}".encode()
    with open_hub(data, "") as hub, tempfile.TemporaryFile() as file:
        file.write(content)
        event = build_event(hub, checkpoints={}, stations={})
        key = FeedKey(event.tenant_id, event.event_id)
        upload = Upload("people.csv", file, len(content), hashlib.sha256(content).hexdigest())
        received = imports.receive(upload, ReadingOptions())
        with hub.uow.begin() as work:
            feature_flags.switch(work, key.tenant_id, FF_BULK_OPERATIONS, enabled=True)
            import_id = imports.create(work, key, imports.PARTICIPANTS, received).id
        imports.check(hub.uow, key, import_id, imports.PARTICIPANTS)
        operation_id = imports.prepare(hub.uow, key, import_id, REQUESTER, None)
        with hub.uow.begin() as work:
            imports.start(work, key, import_id, operation_id, REQUESTER, None)
    return KilledImport(data, key, operation_id, {})

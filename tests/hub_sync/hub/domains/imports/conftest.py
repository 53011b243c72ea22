"""An event into which files are imported, by the service and in a browser without scripts."""

import hashlib
import tempfile
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi import FastAPI

from hub_sync.hub.domains.bulk.manifest import FF_BULK_OPERATIONS
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.imports import service as imports
from hub_sync.hub.domains.imports.tables import Import
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.table_files.process import ReadingOptions
from hub_sync.hub.kit.table_files.uploads import Upload
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.console.browser_client import Browser, signed_in_as


@dataclass
class Importing:
    """The event, and what somebody does with files."""

    hub: HubContext
    key: FeedKey

    def send(self, content: bytes | str, name: str = "people.csv") -> Import:
        """Send a file."""
        sent = upload(content, name)
        with sent.file:
            received = imports.receive(sent, ReadingOptions())
        with self.hub.uow.begin(actor="user:ada@example.org") as work:
            draft = imports.create(work, self.key, imports.PARTICIPANTS, received)
            work.session.expunge(draft)
        return draft

    def check(self, draft: Import, mapping: dict[str, str] | None = None, **options: Any) -> dict[str, Any]:
        """Choose mapping and options, and return the summary of the preview."""
        chosen = imports.ImportOptions.model_validate({**draft.options, **options})
        with self.hub.uow.begin() as work:
            imports.set_mapping(
                work, self.key, draft.id, imports.PARTICIPANTS, mapping or draft.mapping, chosen
            )
        return self.preview(draft)

    def mend(self, draft: Import, *mends: imports.Mend) -> dict[str, Any]:
        """Correct something, and return the summary of the preview."""
        with self.hub.uow.begin() as work:
            imports.add_mends(work, self.key, draft.id, imports.PARTICIPANTS, mends)
        return self.preview(draft)

    def preview(self, draft: Import) -> dict[str, Any]:
        """Make the preview, and return its summary."""
        summary = imports.check(self.hub.uow, self.key, draft.id, imports.PARTICIPANTS).summary
        assert summary is not None
        return summary

    def register(self, **values: Any) -> str:
        """Register somebody; return the id."""
        with self.hub.uow.begin() as work:
            new = participants.NewParticipant.model_validate(values)
            return participants.create(work, *self.key, new).id


def upload(content: bytes | str, name: str = "people.csv") -> Upload:
    """Return a file as it was received."""
    data = content.encode() if isinstance(content, str) else content
    file = tempfile.TemporaryFile()  # noqa: SIM115 - its taker closes it
    file.write(data)
    file.seek(0)
    return Upload(name, file, len(data), hashlib.sha256(data).hexdigest())


@pytest.fixture(autouse=True)
def switched_on(hub: HubContext, seeded: Seeded) -> None:
    """Switch bulk operations on."""
    with hub.uow.begin() as work:
        feature_flags.switch(work, seeded.tenant_id, FF_BULK_OPERATIONS, True)


@pytest.fixture
def importing(hub: HubContext, seeded: Seeded) -> Importing:
    """Return the event with what somebody does with files."""
    return Importing(hub, FeedKey(seeded.tenant_id, seeded.event_id))


@pytest.fixture
def admin(app: FastAPI, seeded: Seeded) -> Browser:
    """Return a browser in which an administrator is signed in."""
    return signed_in_as(app, seeded.tenant_id, name="Ada")

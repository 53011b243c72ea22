"""A hub with an event and two enrolled stations, made once a process and copied for every example."""

import atexit
import functools
import itertools
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from uuid import UUID

from hub_sync.client.sync.pull_loop import PullLoop
from hub_sync.contract.clock import ManualClock
from tests.support.builders.event import NOON, BuiltEvent, build_event, connect_api, enrolled_store
from tests.support.builders.hub import HubInProcess, HubTransport, migrate
from tests.support.builders.people import APPROVED, CANCELLED, TicketPrinter

PEOPLE = {"ada": APPROVED, "bo": APPROVED, "cy": APPROVED, "dee": CANCELLED}
STRANGERS = ("stranger",)
"""Whose tickets are genuine, but the hub has not heard of them."""
_NAMESPACES = {"hub": 1, "A": 2, "B": 3, "epoch": 4, "other": 5, "template": 6}


@dataclass(frozen=True)
class HubTemplate:
    """Folders to copy. Ids are counted, so that an example is the same each time it runs."""

    folder: Path
    venue: BuiltEvent
    printer: TicketPrinter
    devices: dict[str, str]

    @classmethod
    @functools.cache
    def of_this_process(cls) -> Self:
        """Return the template of this process."""
        folder = Path(tempfile.mkdtemp(prefix="doorward-template-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        return cls._create(folder)

    @classmethod
    def _create(cls, folder: Path) -> Self:
        clock, new_id = ManualClock(NOON), counted("template")
        migrate(folder / "hub")
        hub = HubInProcess(folder / "hub", clock, new_id)
        venue = build_event(hub.context, PEOPLE, group_ref="Order 4711")
        devices: dict[str, str] = {}
        for name in "AB":
            at = ManualClock(NOON, monotonic=1_000, boot_id=f"{name}-1")
            with enrolled_store(folder / name, hub, venue, name, at, new_id) as store:
                api = connect_api(store, at, HubTransport(hub))
                pull = PullLoop(store, api, at)
                while pull.run_once():
                    pass
                api.close()
                printer = TicketPrinter.of(venue.tenant_id, venue.event_id, store.keys.key_ring())
                enrolment = store.settings.enrolment()
                assert enrolment is not None
                devices[name] = enrolment.device_id
        hub.close()
        return cls(folder, venue, printer, devices)

    def hub_in(self, folder: Path, name: str = "hub") -> Path:
        """Copy the hub."""
        return self._copied("hub", folder / name)

    def station_in(self, folder: Path, name: str) -> Path:
        """Copy a station."""
        return self._copied(name, folder / f"{name}-1")

    @staticmethod
    def ids(space: str) -> Callable[[], str]:
        """Return a function of new ids of one part."""
        return counted(space)

    def _copied(self, what: str, to: Path) -> Path:
        shutil.copytree(self.folder / what, to)
        return to


def counted(space: str) -> Callable[[], str]:
    """Return a function of counted ids."""
    numbers = itertools.count((_NAMESPACES[space] << 100) + 1)
    return lambda: str(UUID(int=next(numbers)))

"""What the demo sets up around the gate: a folder, a hub with the demo event, a camera to feed, a board on a pty."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from hardware.camera import VirtualCamera
from hardware.relay import Door, create_door
from hardware.relay.emulators import LcusEmulator
from hub_sync.client.enrolment import enrol, parse_enrolment_code
from hub_sync.client.http.hub_api import HubApi
from hub_sync.client.store import Store
from hub_sync.contract.clock import SystemClock
from kiosk_app.bootstrap.station import SOFTWARE, open_station_store
from kiosk_app.demo.hub_process import HubProcess
from kiosk_app.demo.visitors import Holder

CHECKPOINT = "Main gate"


@dataclass(frozen=True, slots=True)
class World:
    """Everything at either end of the real program."""

    hub: HubProcess
    store: Store
    camera: VirtualCamera
    board: LcusEmulator
    door: Door
    holders: tuple[Holder, ...]


@contextlib.contextmanager
def built_world(seed: int) -> Iterator[World]:
    """Set everything up; whatever happens, no process, thread or file is left behind.

    Raises:
        HubNotAvailable, HubError, StoreError: with a sentence.
    """
    with TemporaryDirectory(prefix="doorward-demo-") as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        (folder / "hub").mkdir()
        hub = stack.enter_context(HubProcess(folder / "hub"))
        event = hub.command("demo-event", "--seed", str(seed), "--with-participants")
        code = hub.command(
            "device",
            "enrol-code",
            "--event",
            event["event_id"],
            "--checkpoint",
            CHECKPOINT,
            "--name",
            "Gate 1",
        )
        hub.start()
        store = stack.enter_context(open_station_store(folder / "station"))
        api = HubApi(hub.url, boot_id=SystemClock().boot_id)
        enrol(store, api, parse_enrolment_code(code["code"], hub.url), serial="demo", software=SOFTWARE)
        api.close()
        board = stack.enter_context(LcusEmulator(folder / "turnstile"))
        yield World(
            hub=hub,
            store=store,
            camera=VirtualCamera(),
            board=board,
            door=create_door(f"lcus:{board.link}"),
            holders=tuple(Holder(one["id"], one["code"], one["status"]) for one in event["participants"]),
        )

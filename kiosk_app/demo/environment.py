"""The demo's environment around the gate: a folder, a hub with the demo event, a camera to feed, a board on a pty."""

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
from kiosk_app.demo.visitors import TicketHolder

CHECKPOINT = "Main gate"


@dataclass(frozen=True, slots=True)
class DemoEnvironment:
    """Everything around the real program."""

    hub: HubProcess
    store: Store
    camera: VirtualCamera
    board: LcusEmulator
    door: Door
    holders: tuple[TicketHolder, ...]


@contextlib.contextmanager
def demo_environment(seed: int) -> Iterator[DemoEnvironment]:
    """Set everything up; in any case, remove every process, thread and file at the end.

    Raises:
        HubNotAvailable, HubClientError, StoreError: with a sentence.
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
        yield DemoEnvironment(
            hub=hub,
            store=store,
            camera=VirtualCamera(),
            board=board,
            door=create_door(f"lcus:{board.link}"),
            holders=tuple(
                TicketHolder(row["id"], row["code"], row["status"]) for row in event["participants"]
            ),
        )

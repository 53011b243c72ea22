"""Build what connects a station: the sync with its hub, and the exchange with its neighbours on the local network."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from hub_sync.client.fleet.program import StationProgram
from hub_sync.client.http.hub_api import HubApi
from hub_sync.client.http.verification import StationCredential
from hub_sync.client.lan.engine import LanEngine, LanOptions
from hub_sync.client.lan.status import LanStatus
from hub_sync.client.store import Store
from hub_sync.client.sync.engine import SyncEngine
from hub_sync.client.sync.status import SyncStatus
from hub_sync.contract.clock import Clock
from hub_sync.contract.station_report import StationAlarm
from kiosk_app.core.assignment import served_checkpoint_id
from kiosk_app.core.kiosk.sessions import load_kiosk_report
from kiosk_app.core.setup.ready_check import load_ready_report
from kiosk_app.settings import StationSettings


@dataclass(frozen=True, slots=True)
class StationNetwork:
    """The engines of an enrolled station; None: it is not enrolled, or works alone for a benchmark."""

    engine: SyncEngine | None = None
    lan: LanEngine | None = None

    def sync_status(self) -> SyncStatus:
        """Return the state of the sync."""
        return self.engine.status if self.engine is not None else SyncStatus()

    def lan_status(self) -> LanStatus:
        """Return the state of the local network."""
        return self.lan.status if self.lan is not None else LanStatus()

    def notify_written(self) -> None:
        """Tell neighbours and hub soon, because a journal row was written."""
        if self.lan is not None:
            self.lan.nudge()
        if self.engine is not None:
            self.engine.nudge()

    def report_alarms(self, alarms: tuple[StationAlarm, ...]) -> None:
        """Set the station's current alarms, which the hub gets."""
        if self.engine is not None:
            self.engine.report_alarms(alarms)

    def report_soon(self) -> None:
        """Tell the hub soon that somebody has finished a ready check, or that a bulletin is shown."""
        if self.engine is not None:
            self.engine.report_soon()

    def sync_now(self) -> None:
        """Try to reach the hub at once, because a person requested it."""
        if self.engine is not None:
            self.engine.retry_now()

    def start(self) -> None:
        """Start both, and return at once."""
        for each in (self.engine, self.lan):
            if each is not None:
                each.start()

    def stop(self) -> None:
        """Stop both."""
        for each in (self.lan, self.engine):
            if each is not None:
                each.stop()


def build_network(
    store: Store,
    settings: StationSettings,
    clock: Clock,
    *,
    software: str,
    on_change: Callable[[SyncStatus], None],
    on_told: Callable[[tuple[str, ...]], None],
    program: StationProgram | None = None,
) -> StationNetwork:
    """Build the engines of a station.

    Args:
        store: the station's store.
        settings: the settings of the machine.
        clock: the station's clock.
        software: name and version of the program.
        on_change: called with each state of the sync.
        on_told: called with people of whom neighbours told.
        program: acts on the hub's commands; None: the station obeys none.

    Raises:
        StoreError: the store could not be read.
    """
    enrolment = store.settings.enrolment()
    if enrolment is None:
        return StationNetwork()
    engines: list[SyncEngine] = []
    listening = [("", 0)]

    def report_address(status: LanStatus) -> None:
        if (status.address, status.port) != listening[0]:
            listening[0] = (status.address, status.port)
            engines[0].report_soon()

    lan = LanEngine(
        store.open_session,
        enrolment,
        clock=clock,
        options=LanOptions(settings.lan, settings.lan_port, settings.lan_address, settings.lan_multicast),
        on_change=report_address,
        on_told=on_told,
    )
    credential = StationCredential(enrolment.credential)
    engine = SyncEngine(
        store.open_session,
        partial(HubApi.for_enrolment, enrolment, clock, credential),
        clock=clock,
        software=software,
        on_change=on_change,
        served_checkpoint_id=served_checkpoint_id,
        lan_report=lan.report,
        ready_report=load_ready_report,
        kiosk_report=load_kiosk_report,
        program=program,
        credential=credential,
    )
    engines.append(engine)
    return StationNetwork(engine, lan)

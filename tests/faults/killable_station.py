"""A complete station that can be killed at any step, and restarts from its disk."""

import contextlib
import itertools
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from hardware.relay import PulseResult
from hub_sync.client.http.errors import HubClientError
from hub_sync.client.store import FileKeyStore, JournalRow, PassageRow, open_store
from hub_sync.client.sync.maintenance_loop import MaintenanceLoop
from hub_sync.client.sync.pull_loop import PullLoop
from hub_sync.client.sync.push_loop import PushLoop
from hub_sync.client.sync.time_loop import TimeLoop
from hub_sync.client.timekeeper import Timekeeper
from hub_sync.contract.clock import Clock, ManualClock, epoch_ms
from hub_sync.contract.enums import DeviceStatus
from kiosk_app.core.gate import Gate
from kiosk_app.core.passage.monitor import PassageMonitor
from kiosk_app.messages import GateOutcome, GroupOutcome
from tests.faults.crash_injection import CrashPoint, ProcessKilled
from tests.faults.faulty_network import FaultyNetwork
from tests.support.builders.event import connect_api
from tests.support.builders.station import RecordingSpeaker
from tests.support.scripted_inputs import ScriptedInputs

MAX_STEPS = 100
"""More steps than any run of a sync loop needs here. A longer run would never end."""


@dataclass
class StationHistory:
    """The history of a station over all its restarts. Ids are those of scans."""

    started: dict[str, int] = field(default_factory=dict)
    """Started scans and rows about passages, each with its true time in milliseconds since 1970."""
    outcomes: dict[str, GateOutcome] = field(default_factory=dict)
    pulses: list[str] = field(default_factory=list)
    rows: list[tuple[str, str]] = field(default_factory=list)
    """The journal at the last check: (id, hash)."""
    journal: list[JournalRow | PassageRow] = field(default_factory=list)
    acknowledged: int = 0
    violations: list[str] = field(default_factory=list)
    """Wrong pulses. The gate catches what a turnstile raises, so an invariant reads them here."""


class Turnstile:
    """Checks at each pulse, by a separate session, that the scan is on disk."""

    def __init__(self, station: "KillableStation") -> None:
        self._station = station
        self.is_lost = False

    def pulse(self, duration_ms: int) -> PulseResult:
        self._station.crash.step()
        row, history = self._station.row_to_let_through(), self._station.history
        if row is None:
            history.violations.append("a pulse without a row")
        elif not row.record.result.admits:
            history.violations.append(f"a pulse for {row.record.result}")
        elif row.record.id in history.pulses:
            history.violations.append("a second pulse for one row")
        else:
            history.pulses.append(row.record.id)
        self._station.crash.step()
        return PulseResult(sent=True, sent_at=0.0)


class KillableStation:
    """Gate and sync loops over one folder. After a kill it restarts in a copy of the folder."""

    def __init__(
        self,
        name: str,
        folder: Path,
        clock: ManualClock,
        network: FaultyNetwork,
        *,
        crash: CrashPoint,
        new_id: Callable[[], str],
        true_time: Clock,
        has_sensor: bool = False,
    ) -> None:
        self.name, self.folder, self.clock, self.network, self.crash = name, folder, clock, network, crash
        self.history = StationHistory()
        self.kills = 0
        self.inputs = ScriptedInputs(now=clock.monotonic / 1000)
        self.last_shown: GateOutcome | None = None
        """The person who was let in or out last, and who may be taken back."""
        self.releasing: list[str] = []
        """The rows of a group's members who are let through now, in order."""
        self._new_id, self._true_time = new_id, true_time
        self.has_sensor = has_sensor
        self._restarts = itertools.count(2)
        self._disk_copy: Path | None = None
        self.start()

    def start(self) -> None:
        """Start like the program: store, gate and sync loops, each loop with its own session."""
        self.closing = contextlib.ExitStack()
        self.store = self.closing.enter_context(
            open_store(self.folder, FileKeyStore(self.folder), self.clock, self._new_id)
        )
        assert self.store.recovery is None, self.store.recovery
        api = connect_api(self.store, self.clock, self.network)
        self.closing.callback(api.close)
        api.listen_to_status(self._record_status)
        push, pull, time, upkeep = (self.closing.enter_context(self.store.open_session()) for _ in range(4))
        self.push_loop = PushLoop(push, api, self.clock)
        self.pull_loop = PullLoop(pull, api, self.clock)
        self.time_loop = TimeLoop(time, api, self.clock)
        self.maintenance_loop = MaintenanceLoop(upkeep, backup_every=1, clock=self.clock)
        self.last_shown, self.releasing = None, []
        self.inputs.edges.clear()
        self.monitor = PassageMonitor(self.inputs, monotonic=lambda: self.clock.monotonic / 1000)
        self.gate = Gate(
            store=self.store,
            timekeeper=Timekeeper(self.clock, self.store),
            clock=self.clock,
            new_id=self._scan_id,
            turnstile=Turnstile(self),
            speaker=RecordingSpeaker(),
            passages=self.monitor if self.has_sensor else None,
        )
        self.watch()

    def _record_status(self, status: DeviceStatus) -> None:
        self.store.access.record(status)

    def _scan_id(self) -> str:
        scan_id = self._new_id()
        self.history.started[scan_id] = epoch_ms(self._true_time.now())
        return scan_id

    # --- what it does ---------------------------------------------------------------------------

    def scan(self, act: Callable[[Gate], object]) -> GateOutcome:
        """Scan and record the outcome that was shown."""
        outcome = act(self.gate)
        assert isinstance(outcome, GateOutcome), outcome
        assert outcome.trouble is None, outcome.trouble_sentence
        self.history.outcomes[outcome.row_id] = outcome
        if outcome.is_green:
            self.last_shown = outcome
        return outcome

    def watch(self) -> None:
        """Take a turn of the sensor's monitor, as the program does all the time."""
        self.inputs.now = self.clock.monotonic / 1000
        if self.has_sensor:
            self.monitor.update(self.gate)

    def admit_group(self, leading: GateOutcome) -> None:
        """Admit the rest of a person's group and let it through; somebody walks in each pause."""
        assert leading.group is not None
        ids = [member.participant_id for member in leading.group.may_enter]
        group = self.gate.admit_group(leading.subject, ids)
        if not isinstance(group, GroupOutcome):  # a change was pulled meanwhile
            return
        for outcome in group.outcomes:
            assert outcome.trouble is None, outcome.trouble_sentence
            self.history.outcomes[outcome.row_id] = outcome
        self.releasing = [outcome.row_id for outcome in group.admitted]
        self.gate.release_group(group, self._walk)
        self.releasing = []
        self.last_shown = group.admitted[-1] if group.admitted else self.last_shown

    def _walk(self, _seconds: float) -> bool:
        self.inputs.now = self.clock.monotonic / 1000
        self.inputs.turn()
        self.watch()
        return True

    def push(self) -> bool:
        """Push until no row is left. Return True if that succeeded."""
        return self._run(lambda: self.push_loop.run_once().more)

    def pull(self) -> bool:
        """Pull until there are no more pages. Return True if that succeeded."""
        return self._run(self.pull_loop.run_once)

    def ask_time(self) -> bool:
        """Measure the hub's time. Return True if there was a response."""
        return self._run(lambda: self.time_loop.run_once() is None and False)

    def _run(self, step: Callable[[], bool]) -> bool:
        try:
            for _ in range(MAX_STEPS):
                if not step():
                    return True
        except HubClientError:
            return False
        raise AssertionError("a sync loop that never ends")

    # --- kills ----------------------------------------------------------------------------------

    def killed_within(self, steps: int, act: Callable[[], object]) -> bool:
        """Run `act`, and kill the station after so many steps. Return False if `act` ended before."""
        self.crash.arm(steps, self._copy_disk)
        try:
            act()
        except ProcessKilled:
            self.kill()
            return True
        finally:
            self.crash.disarm()
        return False

    def kill(self) -> None:
        """Kill the station, now or at the crash point, and restart it."""
        if self._disk_copy is None:
            self._copy_disk()
        old, self.folder, self._disk_copy = self.folder, self._disk_copy or self.folder, None
        self.kills += 1
        self.close()
        shutil.rmtree(old)
        self.start()

    def restart(self) -> None:
        """Stop and start the station in good order."""
        self.close()
        self.start()

    def _copy_disk(self) -> None:
        self._disk_copy = self.folder.with_name(f"{self.name}-{next(self._restarts)}")
        # The shared-memory index dies with the processes that had it mapped.
        shutil.copytree(self.folder, self._disk_copy, ignore=shutil.ignore_patterns("*-shm"))

    def close(self) -> None:
        """Close everything."""
        self.closing.close()

    # --- inspection -----------------------------------------------------------------------------

    def row_to_let_through(self) -> JournalRow | None:
        """Return the row of whoever is let through now, as a new session of the store reads it."""
        if not self.releasing:
            return self.last_durable_row()
        id_ = self.releasing.pop(0)
        with self.store.open_session() as session:
            return next((row for row in session.journal.recent() if row.record.id == id_), None)

    def last_durable_row(self) -> JournalRow | None:
        """Return the last row as a new session of the store reads it."""
        with self.store.open_session() as session:
            return session.journal.last()

    def journal(self) -> Iterator[JournalRow]:
        """Yield all scans."""
        return self.store.journal.rows()

    def journal_rows(self) -> Iterator[JournalRow | PassageRow]:
        """Yield all rows."""
        return (row for row in self.store.journal.all_rows() if isinstance(row, JournalRow | PassageRow))

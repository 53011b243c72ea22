"""A whole station that can be killed at any step and wakes up from what was on its disk."""

import contextlib
import itertools
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from hardware.relay import PulseResult
from hub_sync.client.http.errors import HubClientError
from hub_sync.client.store import FileKeyStore, JournalRow, open_store
from hub_sync.client.sync.maintenance_loop import MaintenanceLoop
from hub_sync.client.sync.pull_loop import PullLoop
from hub_sync.client.sync.push_loop import PushLoop
from hub_sync.client.sync.time_loop import TimeLoop
from hub_sync.client.timekeeper import Timekeeper
from hub_sync.contract.clock import Clock, ManualClock, epoch_ms
from kiosk_app.core.gate import Gate
from kiosk_app.messages import GateOutcome
from tests.faults.mortal import Fuse, Killed
from tests.faults.network import Network
from tests.support.builders.event import connect_api
from tests.support.builders.station import RecordingSpeaker

ENOUGH = 100
"""More steps of a lane than any run here needs: one that goes on longer goes on for ever."""


@dataclass
class Seen:
    """What a bystander has seen of a station in all its lives. Ids are those of scans."""

    begun: dict[str, int] = field(default_factory=dict)
    """Each with its true time, milliseconds since 1970."""
    shown: dict[str, GateOutcome] = field(default_factory=dict)
    pulses: list[str] = field(default_factory=list)
    rows: list[tuple[str, str]] = field(default_factory=list)
    """The journal as last looked at: (scan id, hash)."""
    journal: list[JournalRow] = field(default_factory=list)
    acknowledged: int = 0


class Turnstile:
    """Looks at the disk, past all that the gate has open, whenever it is told to turn."""

    def __init__(self, station: "MortalStation") -> None:
        self._station = station

    def pulse(self, duration_ms: int) -> PulseResult:
        self._station.fuse.step()
        row = self._station.durable_row()
        assert row is not None, "a pulse without a row"
        assert row.record.result.admits, f"a pulse for {row.record.result}"
        assert row.record.id not in self._station.seen.pulses, "a second pulse for one row"
        self._station.seen.pulses.append(row.record.id)
        self._station.fuse.step()
        return PulseResult(sent=True, sent_at=0.0)


class MortalStation:
    """Gate and lanes over one folder. After a death the next life begins in a copy of the folder."""

    def __init__(
        self,
        name: str,
        folder: Path,
        clock: ManualClock,
        network: Network,
        *,
        fuse: Fuse,
        new_id: Callable[[], str],
        true_time: Clock,
    ) -> None:
        self.name, self.folder, self.clock, self.network, self.fuse = name, folder, clock, network, fuse
        self.seen = Seen()
        self.deaths = 0
        self._new_id, self._true_time = new_id, true_time
        self._lives = itertools.count(2)
        self._remains: Path | None = None
        self.start()

    def start(self) -> None:
        """Come up as the program does: store, gate and lanes, each lane on its own session."""
        self._closing = contextlib.ExitStack()
        self.store = self._closing.enter_context(
            open_store(self.folder, FileKeyStore(self.folder), self.clock, self._new_id)
        )
        assert self.store.recovery is None, self.store.recovery
        api = connect_api(self.store, self.clock, self.network)
        self._closing.callback(api.close)
        push, pull, time, upkeep = (self._closing.enter_context(self.store.open_session()) for _ in range(4))
        self.push_lane = PushLoop(push, api, self.clock)
        self.pull_lane = PullLoop(pull, api)
        self.time_lane = TimeLoop(time, api, self.clock)
        self.upkeep_lane = MaintenanceLoop(upkeep, backup_every=1)
        self.gate = Gate(
            store=self.store,
            timekeeper=Timekeeper(self.clock, self.store),
            clock=self.clock,
            new_id=self._scan_id,
            turnstile=Turnstile(self),
            speaker=RecordingSpeaker(),
        )

    def _scan_id(self) -> str:
        made = self._new_id()
        self.seen.begun[made] = epoch_ms(self._true_time.now())
        return made

    # --- what it does ---------------------------------------------------------------------------

    def scan(self, act: Callable[[Gate], object]) -> GateOutcome:
        """Let somebody pass, or not; what was shown is remembered."""
        outcome = act(self.gate)
        assert isinstance(outcome, GateOutcome), outcome
        assert outcome.trouble is None, outcome.trouble_sentence
        self.seen.shown[outcome.row_id] = outcome
        return outcome

    def push(self) -> bool:
        """Push until nothing waits; whether it came to that."""
        return self._run(lambda: self.push_lane.run_once().more)

    def pull(self) -> bool:
        """Pull until there is no more; whether it came to that."""
        return self._run(self.pull_lane.run_once)

    def ask_time(self) -> bool:
        """Measure the hub's time; whether there was an answer."""
        return self._run(lambda: self.time_lane.run_once() is None and False)

    def _run(self, step: Callable[[], bool]) -> bool:
        try:
            for _ in range(ENOUGH):
                if not step():
                    return True
        except HubClientError:
            return False
        raise AssertionError("a lane that never comes to an end")

    # --- dying ----------------------------------------------------------------------------------

    def killed_within(self, steps: int, act: Callable[[], object]) -> bool:
        """Act, and be killed after so many steps; False: it was over before."""
        self.fuse.light(steps, self._lie_still)
        try:
            act()
        except Killed:
            self.be_killed()
            return True
        finally:
            self.fuse.put_out()
        return False

    def be_killed(self) -> None:
        """SIGKILL, now or where the fuse ended; then start again."""
        if self._remains is None:
            self._lie_still()
        old, self.folder, self._remains = self.folder, self._remains or self.folder, None
        self.deaths += 1
        self.close()
        shutil.rmtree(old)
        self.start()

    def restart(self) -> None:
        """An orderly end and a new start."""
        self.close()
        self.start()

    def _lie_still(self) -> None:
        self._remains = self.folder.with_name(f"{self.name}-{next(self._lives)}")
        # The shared-memory index dies with the processes that had it mapped.
        shutil.copytree(self.folder, self._remains, ignore=shutil.ignore_patterns("*-shm"))

    def close(self) -> None:
        """Let go of everything."""
        self._closing.close()

    # --- looking on -----------------------------------------------------------------------------

    def durable_row(self) -> JournalRow | None:
        """The newest row as somebody else sees it who opens the store now."""
        with self.store.open_session() as onlooker:
            return onlooker.journal.last()

    def journal(self) -> Iterator[JournalRow]:
        """All rows."""
        return self.store.journal.rows()

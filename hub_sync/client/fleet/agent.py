"""The station's side of the fleet: takes the answer to each report, obeys its commands, and says what became of them.

A command is stored as RUNNING before it is obeyed, and obeyed once the hub has answered a report that says so and still wants it. So it runs
once, over restarts, repeated answers and a hub that was set back. What becomes of it is repeated until a report with it was answered.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from uuid import UUID

import structlog

from hub_sync.client.fleet.program import StationProgram
from hub_sync.client.fleet.wipe import begin_wipe
from hub_sync.client.http.errors import HubRefused, StationLocked, StationRevoked, StationUnknown
from hub_sync.client.http.hub_api import HubApi
from hub_sync.client.http.verification import StationCredential
from hub_sync.client.store.station.commands import ENROLLED_HUB_MS, StoredCommand
from hub_sync.client.store.store import Store
from hub_sync.client.sync.push_loop import end_resolved_alarm
from hub_sync.client.timekeeper import Timekeeper
from hub_sync.contract.clock import Clock
from hub_sync.contract.enums import DeviceStatus
from hub_sync.contract.fleet import (
    MAX_HIGHEST_NUMBERS,
    MAX_KEYS,
    MAX_LANES,
    MAX_RESULTS,
    CommandKind,
    CommandRow,
    CommandStatus,
    ConfigurationRow,
    FleetReport,
    ReportResponse,
)
from hub_sync.contract.seals import SealReason
from hub_sync.contract.sync import PROTOCOL

CLONED = "cloned"
"""Setting: True while the hub says that another machine uses this station's credential."""
CONFIGURATION = "configuration"
"""Setting: the newest configuration of the hub, with its version."""
RESTART_PATIENCE_MS = 120_000
ROTATION_PATIENCE_MS = 120_000
BUSY_MS = 60_000
STATUS_PATIENCE_MS = 60_000
"""The time in which the hub's word about a lock or unlock must arrive."""
MIN_SECONDS, MAX_SECONDS, DEFAULT_SECONDS = 5, 120, 15
SEAL_PATIENCE_MS = 60_000
"""The time that a wipe waits for the hub to record the last seals."""
_UNKNOWN_KIND = "This station's program does not know the command “{kind}”. It needs an update."
_TOO_OLD = "The command is older than this station's enrolment."
_WIPING = "This station is being erased."
_INTERRUPTED = "The program ended while it ran the command."
_NOT_ENDED = "The program was asked to end, and did not."
_NOT_ACTIVE = "The station is not active: it pulls nothing."
_OTHER_STATUS = "The hub says that the station is {status}."
_BAD_ARGUMENT = "The argument “{name}” is wrong."
_NOT_ROTATED = "The hub did not take the new key; the one before is in use."
_NO_LOG = "There is no log."
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class AgentSignals:
    """Loops that the agent wakes; each may be called from any thread."""

    pull: Callable[[], None] = lambda: None
    push: Callable[[], None] = lambda: None


class FleetAgent:
    """Obeys the hub. Used by the report loop's thread, with its session."""

    def __init__(
        self,
        store: Store,
        api: HubApi,
        clock: Clock,
        *,
        program: StationProgram,
        credential: StationCredential | None = None,
        signals: AgentSignals | None = None,
    ) -> None:
        """Take the parts. `credential` is that of all clients, which a rotation replaces."""
        self._store, self._api, self._clock, self._program = store, api, clock, program
        self._credential, self._signals = credential, signals or AgentSignals()
        self._timekeeper = Timekeeper(clock, store)

    def report(self) -> FleetReport:
        """Return what the next report says of the fleet.

        Raises:
            StoreError: The store could not be read.
        """
        saved = self._store.settings.get(CONFIGURATION)
        row = None if saved is None else ConfigurationRow.model_validate(saved)
        return FleetReport(
            mode=self._program.mode,
            protocols=(PROTOCOL,),
            results=self._store.commands.unanswered(MAX_RESULTS),
            configuration=None if row is None else self._program.not_applied(self._store, row),
            rotation=self._store.rotation.pending,
            ticket_keys=self._store.keys.newest_kids(MAX_KEYS),
            queue_numbers=self._store.queue.highest_numbers(MAX_HIGHEST_NUMBERS),
            queue_lanes=self._store.queue.own_lanes(MAX_LANES),
        )

    def take(self, sent: FleetReport, response: ReportResponse) -> bool:
        """Take the answer to a report. Return True if another report is due at once.

        Raises:
            HubClientError: A log could not be uploaded; it is tried again.
            StoreError: The disk failed. What was not done is done with the next report.
        """
        self._store.commands.mark_answered(sent.results)
        self._store.rotation.confirm()
        self._record_contact(response)
        if response.rotation and sent.rotation and response.rotation == sent.rotation.credential_hash:
            self._adopt_rotation()
        if response.configuration is not None:
            self._configure(response.configuration)
        for row in response.commands:
            self._accept(row, response.server_time_ms)
        wanted = {row.id for row in response.commands}
        for command in self._store.commands.all():
            self._advance(command, is_wanted=command.id in wanted)
        return bool(self._store.commands.unanswered(1))

    @property
    def is_busy(self) -> bool:
        """True while a command that was begun lately is not over: its end is reported soon."""
        begun = [each for each in self._store.commands.all() if each.run_id and not each.is_final]
        return any(self._age_ms(each) < BUSY_MS for each in begun)

    def take_refusal(self, refusal: HubRefused) -> None:
        """Take a refused report into account: the hub may know another credential, or be done with a station that erases itself.

        Raises:
            StoreError: The disk failed.
        """
        if isinstance(refusal, StationUnknown) and self._store.rotation.is_unproven:
            self._use(self._store.rotation.swap())
        elif isinstance(refusal, StationUnknown | StationRevoked):
            wiping = self._store.commands.find(self._store.access.wiping_id)
            if wiping is not None and wiping.is_final:
                self._erase(wiping, is_refused=True)

    # --- what an answer brings --------------------------------------------------------------------

    def _record_contact(self, response: ReportResponse) -> None:
        reading = self._timekeeper.read()
        self._store.offline.record_contact(
            response.max_offline_s,
            reading.now,
            sure=reading.sure,
            boot_id=self._clock.boot_id,
            monotonic_ms=self._clock.monotonic_ms(),
        )
        if response.cloned is not self._store.settings.get(CLONED, False):
            self._store.settings.put(CLONED, response.cloned)
            log.warning("station_cloned", cloned=response.cloned)
        if end_resolved_alarm(self._store, response.server_time_ms, response.doubts_resolved_at_ms):
            log.info("journal_alarm_resolved")
            self._signals.push()  # whose status has the alarm

    def _configure(self, row: ConfigurationRow) -> None:
        self._program.configure(self._store, row)
        self._store.settings.put(CONFIGURATION, row.model_dump(mode="json"))
        log.info("configuration_applied", version=row.version)

    def _adopt_rotation(self) -> None:
        self._store.seals.seal(SealReason.STOP)  # with the key of the seals before
        self._use(self._store.rotation.adopt())
        self._store.backups.rotate()  # the newest has the new credential
        log.info("credential_rotated")

    def _use(self, credential: str | None) -> None:
        if credential is not None and self._credential is not None:
            self._credential.text = credential

    # --- commands -----------------------------------------------------------------------------------

    def _accept(self, row: CommandRow, server_ms: int) -> None:
        known = self._store.commands.find(row.id)
        if known is not None:
            if known.is_final and known.is_answered:  # the hub was set back, or has lost the answer
                self._store.commands.save(replace(known, is_answered=False))
            return
        if row.expires_at_ms <= server_ms:
            return  # it is the hub that says EXPIRED
        command = StoredCommand(row.id, row.kind, arguments=row.arguments)
        if error := self._refusal(command):
            command = replace(command, status=CommandStatus.REFUSED.value, error=error)
        log.info("command_received", id=command.id, kind=command.kind[:32], status=command.status)
        self._store.commands.save(command)

    def _refusal(self, command: StoredCommand) -> str:
        """Return why a command is not obeyed, "" if it is."""
        if command.kind not in set(CommandKind):
            return _UNKNOWN_KIND.format(kind=command.kind)
        if _issued_ms(command.id) < self._store.settings.get(ENROLLED_HUB_MS, 0):
            return _TOO_OLD
        if self._store.access.wiping_id:
            return _WIPING
        if command.kind == CommandKind.RELOAD and not self._store.access.is_active:
            return _NOT_ACTIVE
        if command.kind == CommandKind.IDENTIFY and _seconds(command.arguments) is None:
            return _BAD_ARGUMENT.format(name="seconds")
        return ""

    def _advance(self, command: StoredCommand, *, is_wanted: bool) -> None:
        if command.is_final:
            if command.kind == CommandKind.WIPE and command.is_answered:
                self._erase(command)
            return
        if not command.run_id:
            if not command.is_answered or not is_wanted:
                return  # RUNNING is said first; and whoever takes it back meanwhile is obeyed
            command = replace(command, run_id=self._program.run_id, began_ms=self._clock.monotonic_ms())
            self._store.commands.save(command)
            self._begin(command)
        status, error = self._outcome(command)
        if status is not CommandStatus.RUNNING:
            log.info("command_ended", id=command.id, kind=command.kind, status=status.value, error=error)
            self._store.commands.save(replace(command, status=status.value, error=error, is_answered=False))

    def _begin(self, command: StoredCommand) -> None:
        match command.kind:
            case CommandKind.IDENTIFY:
                enrolment = self._store.settings.enrolment()
                name = command.arguments.get("name") or (enrolment.name if enrolment else "")
                self._program.identify(str(name)[:200], _seconds(command.arguments) or DEFAULT_SECONDS)
            case CommandKind.RESTART:
                self._program.restart()
            case CommandKind.ROTATE_KEY:
                self._store.rotation.begin()
            case CommandKind.RELOAD:
                self._store.feed_reload.request(command.id)
                self._signals.pull()
            case CommandKind.WIPE:
                self._store.access.begin_wipe(command.id)
                self._store.seals.seal(SealReason.STOP)

    def _outcome(self, command: StoredCommand) -> tuple[CommandStatus, str | None]:
        """Return what became of a command that was begun, RUNNING if it is not over."""
        outcomes: dict[CommandKind, Callable[[StoredCommand], tuple[CommandStatus, str | None]]] = {
            CommandKind.IDENTIFY: self._identify_outcome,
            CommandKind.RESTART: self._restart_outcome,
            CommandKind.LOCK: partial(self._status_outcome, status=DeviceStatus.LOCKED),
            CommandKind.UNLOCK: partial(self._status_outcome, status=DeviceStatus.ACTIVE),
            CommandKind.ROTATE_KEY: self._rotation_outcome,
            CommandKind.RELOAD: self._reload_outcome,
            CommandKind.UPLOAD_LOG: self._upload_log,
            CommandKind.WIPE: self._wipe_outcome,
        }
        return outcomes[CommandKind(command.kind)](command)

    def _identify_outcome(self, command: StoredCommand) -> tuple[CommandStatus, str | None]:
        return _done() if command.run_id == self._program.run_id else _failed(_INTERRUPTED)

    def _restart_outcome(self, command: StoredCommand) -> tuple[CommandStatus, str | None]:
        if command.run_id != self._program.run_id:
            return _done()
        return _failed(_NOT_ENDED) if self._age_ms(command) > RESTART_PATIENCE_MS else _running()

    def _reload_outcome(self, _: StoredCommand) -> tuple[CommandStatus, str | None]:
        if not self._store.access.is_active:
            return _failed(_NOT_ACTIVE)
        served = self._store.slot_of(self._store.events.served_id())
        return _done() if self._store.feed_reload.is_done(served) else _running()

    def _status_outcome(
        self, command: StoredCommand, status: DeviceStatus
    ) -> tuple[CommandStatus, str | None]:
        actual = self._store.access.status()
        if actual is status:
            return _done()
        is_late = command.run_id != self._program.run_id or self._age_ms(command) > STATUS_PATIENCE_MS
        return _failed(_OTHER_STATUS.format(status=actual.value)) if is_late else _running()

    def _rotation_outcome(self, command: StoredCommand) -> tuple[CommandStatus, str | None]:
        rotation = self._store.rotation
        if rotation.pending is None:
            return _running() if rotation.is_unproven else _done()
        if self._age_ms(command) <= ROTATION_PATIENCE_MS:
            return _running()
        rotation.abandon()  # the hub takes the present credential as before
        return _failed(_NOT_ROTATED)

    def _upload_log(self, command: StoredCommand) -> tuple[CommandStatus, str | None]:
        content = self._program.read_log()
        if not content:
            return _failed(_NO_LOG)
        try:
            self._api.upload_log(command.id, content)
        except (StationUnknown, StationRevoked, StationLocked):
            raise
        except HubRefused as refusal:
            return _failed(str(refusal))
        return _done()

    def _wipe_outcome(self, command: StoredCommand) -> tuple[CommandStatus, str | None]:
        """Erase names and ticket keys at once; the wipe is done when the hub has the rest."""
        if self._store.settings.get(_PEOPLE_ERASED) != command.id:
            self._store.erase_personal_data()
            self._store.settings.put(_PEOPLE_ERASED, command.id)
        if self._store.journal.backlog().rows:
            self._signals.push()
            return _running()
        is_patient = self._age_ms(command) < SEAL_PATIENCE_MS and command.run_id == self._program.run_id
        return _running() if self._store.seals.pending(1) and is_patient else _done()

    def _erase(self, command: StoredCommand, *, is_refused: bool = False) -> None:
        """Begin the erasure, which the next start finishes, once nothing is left to send. The program ends for it.

        `is_refused`: the hub takes nothing more of this station.
        """
        if self._store.access.wiping_id != command.id or command.status != CommandStatus.DONE:
            return
        if self._store.journal.backlog().rows and not is_refused:  # somebody passed the turnstile meanwhile
            self._signals.push()
            return
        begin_wipe(self._store.folder, command.id)
        log.warning("wipe_begun", id=command.id)
        self._program.restart()

    def _age_ms(self, command: StoredCommand) -> int:
        return self._clock.monotonic_ms() - command.began_ms


_PEOPLE_ERASED = "wipe_erased_people"


def _done() -> tuple[CommandStatus, None]:
    return CommandStatus.DONE, None


def _running() -> tuple[CommandStatus, None]:
    return CommandStatus.RUNNING, None


def _failed(error: str) -> tuple[CommandStatus, str]:
    return CommandStatus.FAILED, error[:500]


def _seconds(arguments: Mapping[str, Any]) -> int | None:
    seconds = arguments.get("seconds", DEFAULT_SECONDS)
    if not isinstance(seconds, int) or isinstance(seconds, bool):
        return None
    return min(max(seconds, MIN_SECONDS), MAX_SECONDS)


def _issued_ms(command_id: str) -> int:
    """Return when the hub made a command, by its UUIDv7; the time of now for another id, which says nothing."""
    try:
        id_ = UUID(command_id)
    except ValueError:
        return 2**52
    return id_.int >> 80 if id_.version == 7 else 2**52  # noqa: PLR2004  RFC 9562

"""The operators of this station: sign-on by name and PIN, a supervisor's authority, and the wait after wrong PINs.

A station whose hub has sent no operators asks nobody for anything. With operators, somebody must be signed on before a
scan is decided, and stands in each row. What belongs to a supervisor needs a supervisor's PIN of the last two minutes,
whoever is signed on. Works without the hub; who is no longer in the hub's list is signed off.
"""

from dataclasses import dataclass

from hub_sync.client.store import Store
from hub_sync.client.sync.sealing import SHIFT_SETTING
from hub_sync.contract.clock import Clock, epoch_ms, from_epoch_ms
from hub_sync.contract.enums import OperatorRole
from hub_sync.contract.operators import OperatorRow
from hub_sync.rules.operator_pins import matches_pin, wait_after
from kiosk_app.messages import OperatorChoice, OperatorStatus, PinAnswer, PinResult

AUTHORITY_MS = 120_000
"""A supervisor's PIN is good for this long after it was last used."""
_FAILURES = "pin_failures"


@dataclass(frozen=True, slots=True)
class Shift:
    """The time of one operator at this station. `position`: the journal's last row before it."""

    operator_id: str
    name: str
    since_ms: int
    position: int


@dataclass
class _Authority:
    operator_id: str
    verifier: str
    until_ms: int


class OperatorDesk:
    """The operators of one station. Used by the gate's thread only. Times in milliseconds."""

    def __init__(self, store: Store, clock: Clock) -> None:
        """Take the parts. Who was signed on before a restart still is; a supervisor's authority is not.

        Raises:
            StoreError: the store could not be read.
        """
        self._store, self._clock = store, clock
        saved = store.settings.get(SHIFT_SETTING)
        self._shift = Shift(**saved) if saved else None
        self._failures: dict[str, list[str | int]] = store.settings.get(_FAILURES) or {}
        self._authority: _Authority | None = None
        now_ms = clock.monotonic_ms()
        self._waits = {
            operator_id: now_ms + wait_after(int(count)) * 1000
            for operator_id, (_, count) in self._failures.items()
        }

    @property
    def is_required(self) -> bool:
        """True if somebody must sign on.

        Raises:
            StoreError: the list could not be read.
        """
        return bool(self._store.operators.all())

    @property
    def shift(self) -> Shift | None:
        """The shift of whoever is signed on."""
        return self._shift if self.current() is not None else None

    def current(self) -> OperatorRow | None:
        """Return who is signed on; None: nobody, or nobody has to be. Who left the hub's list is signed off.

        Raises:
            StoreError: the list could not be read.
        """
        if self._shift is None:
            return None
        operator = self._store.operators.find(self._shift.operator_id)
        if operator is None:
            self.sign_off()
        return operator

    def supervisor(self) -> OperatorRow | None:
        """Return the supervisor whose PIN is still good, or None.

        Raises:
            StoreError: the list could not be read.
        """
        authority = self._authority
        if authority is None or self._clock.monotonic_ms() >= authority.until_ms:
            return None
        operator = self._store.operators.find(authority.operator_id)
        if operator is None or operator.verifier != authority.verifier:  # left the list, or has another PIN
            return None
        return operator if operator.role is OperatorRole.SUPERVISOR else None

    def may_supervise(self) -> bool:
        """Return True if a supervisor's act may be done now, and keep the PIN good for another two minutes.

        Raises:
            StoreError: the list could not be read.
        """
        if not self.is_required:
            return True
        if self._authority is None or self.supervisor() is None:
            return False
        self._authority.until_ms = self._clock.monotonic_ms() + AUTHORITY_MS
        return True

    def sign_on(self, operator_id: str, pin: str) -> PinAnswer:
        """Sign an operator on, in the place of whoever was; a supervisor's PIN is good for its time at once.

        Raises:
            StoreError: it could not be saved; whoever was signed on still is.
        """
        operator, refused = self._check(operator_id, pin)
        if operator is None:
            return refused
        if self._shift is None or self._shift.operator_id != operator.id:
            last = self._store.journal.last_position()
            shift = Shift(operator.id, operator.name, epoch_ms(self._clock.now()), last)
            self._store.settings.put(SHIFT_SETTING, _dump(shift))
            self._shift = shift
        self._authority = None
        if operator.role is OperatorRole.SUPERVISOR:
            self._grant(operator)
        return PinAnswer(PinResult.ACCEPTED, status=self.status())

    def authorise(self, operator_id: str, pin: str) -> PinAnswer:
        """Give the station a supervisor's authority; whoever is signed on stays.

        Raises:
            StoreError: a wrong PIN could not be counted.
        """
        operator, refused = self._check(operator_id, pin)
        if operator is None:
            return refused
        if operator.role is not OperatorRole.SUPERVISOR:
            return PinAnswer(PinResult.NO_SUPERVISOR, status=self.status())
        self._grant(operator)
        return PinAnswer(PinResult.ACCEPTED, status=self.status())

    def lock(self) -> None:
        """End a supervisor's authority."""
        self._authority = None

    def sign_off(self) -> None:
        """Sign off whoever is signed on, and end a supervisor's authority.

        Raises:
            StoreError: it could not be saved.
        """
        self._authority = None
        if self._shift is not None:
            self._store.settings.put(SHIFT_SETTING, None)
            self._shift = None

    def status(self) -> OperatorStatus:
        """Return what the screen shows.

        Raises:
            StoreError: the list could not be read.
        """
        current, supervisor = self.current(), self.supervisor()
        return OperatorStatus(
            choices=tuple(map(_choice, self._store.operators.all())),
            signed_on=_choice(current) if current else None,
            since=from_epoch_ms(self._shift.since_ms) if self._shift else None,
            supervisor=_choice(supervisor) if supervisor else None,
        )

    def _grant(self, operator: OperatorRow) -> None:
        self._authority = _Authority(
            operator.id, operator.verifier, self._clock.monotonic_ms() + AUTHORITY_MS
        )

    def _check(self, operator_id: str, pin: str) -> tuple[OperatorRow | None, PinAnswer]:
        """Return the operator whose PIN it is; else None and the answer.

        A wrong PIN is counted before it is answered: a program that is killed in between gives no free try.
        """
        operator = self._store.operators.find(operator_id)
        if operator is None:
            return None, PinAnswer(PinResult.NOT_LISTED, status=self.status())
        verifier, count = self._failures.get(operator_id, ["", 0])
        if verifier != operator.verifier:  # never failed, or the hub has set a new PIN
            count, _ = 0, self._waits.pop(operator_id, None)
        left_ms = self._waits.get(operator_id, 0) - self._clock.monotonic_ms()
        if left_ms > 0:
            return None, PinAnswer(PinResult.WAIT, -(-left_ms // 1000), self.status())
        failures = int(count) + 1
        self._count(operator, failures)
        if matches_pin(pin, operator.verifier):
            self._count(operator, 0)
            return operator, PinAnswer(PinResult.ACCEPTED)
        wait_s = wait_after(failures)
        self._waits[operator_id] = self._clock.monotonic_ms() + wait_s * 1000
        result = PinResult.WAIT if wait_s else PinResult.WRONG
        return None, PinAnswer(result, wait_s, self.status())

    def _count(self, operator: OperatorRow, failures: int) -> None:
        listed = {row.id for row in self._store.operators.all()}
        counts = {key: value for key, value in self._failures.items() if key in listed}
        counts[operator.id] = [operator.verifier, failures]
        if not failures:
            del counts[operator.id]
        self._store.settings.put(_FAILURES, counts)
        self._failures = counts


def _choice(operator: OperatorRow) -> OperatorChoice:
    return OperatorChoice(operator.id, operator.name, operator.role is OperatorRole.SUPERVISOR)


def _dump(shift: Shift) -> dict[str, str | int]:
    return {
        "operator_id": shift.operator_id,
        "name": shift.name,
        "since_ms": shift.since_ms,
        "position": shift.position,
    }

"""State of a door and result of a pulse, and the packets between a station and its door process.

One packet is one JSON array on a socket that keeps packets apart (SOCK_SEQPACKET). Times are `time.monotonic` seconds;
both processes read the same clock.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum
from typing import assert_never

from hardware.errors import DeviceError, RelayFault
from hardware.inputs.debouncer import InputEdge
from hardware.inputs.settings import InputRole
from hardware.inputs.snapshot import InputSnapshot, InputState

MAX_PACKET_BYTES = 8192


class DoorState(Enum):
    """State of the connection to the relay board."""

    READY = "ready"
    STARTING = "starting"  # the door's process is being started, or its first attempt to open the board runs
    MISSING = "missing"  # there is no such board or port (yet)
    BUSY = "busy"  # used by another program, access denied, or two boards match
    LOST = "lost"  # the board was connected and was unplugged, does not respond, or responds wrongly


@dataclass(frozen=True, slots=True)
class DoorFault:
    """A fault for screens. `is_open_possible`: somebody must see whether the door is open."""

    kind: RelayFault
    detail: str = ""
    is_open_possible: bool = False


@dataclass(frozen=True, slots=True)
class DoorHealth:
    """State, message in English, and the fault that it names. In state READY both are empty unless the contact is wrong."""

    state: DoorState
    message: str = ""
    fault: DoorFault | None = None


@dataclass(frozen=True, slots=True)
class PulseResult:
    """Result of one pulse. The pulse is never sent again, whatever the result.

    `sent_at` is the time (monotonic seconds) once the operating system had the bytes, or None if none were sent.
    `error_message` and `fault` say why the pulse was not sent. `Door.health()` reports what is detected later: no
    response, or a contact that did not move.
    """

    sent: bool
    sent_at: float | None = None
    error_message: str | None = None
    fault: DoorFault | None = None


def not_sent(reason: str, fault: DoorFault | None) -> PulseResult:
    """Return the result of a pulse that was not sent, with the reason in a sentence."""
    return PulseResult(sent=False, error_message=f"{reason} The door was not released.", fault=fault)


def fault_of(error: DeviceError, *, is_open_possible: bool = False) -> DoorFault:
    """Return the fault that a driver reported."""
    return DoorFault(error.fault or RelayFault.OTHER, error.detail, is_open_possible)


@dataclass(frozen=True, slots=True)
class PulseRequest:
    """Station to door process: send one pulse, unless it is later than `not_after`."""

    id: int
    duration_ms: int
    not_after: float


@dataclass(frozen=True, slots=True)
class PulseReply:
    """Door process to station: the result of the request with this id."""

    id: int
    result: PulseResult


@dataclass(frozen=True, slots=True)
class StatusReport:
    """Door process to station: health, and when this process will switch the contact off (None: it is off).

    `inputs` None: no inputs are set.
    """

    health: DoorHealth
    off_due_at: float | None = None
    inputs: InputSnapshot | None = None


Packet = PulseRequest | PulseReply | StatusReport | InputEdge


def encode(packet: Packet) -> bytes:
    """Return the bytes of a packet."""
    match packet:
        case PulseRequest(id, duration_ms, not_after):
            values: tuple[object, ...] = (id, duration_ms, not_after)
        case PulseReply(id, result):
            values = (id, result.sent, result.sent_at, result.error_message, _dump(result.fault))
        case StatusReport(health, off_due_at, inputs):
            values = (
                health.state.value,
                health.message,
                _dump(health.fault),
                off_due_at,
                _dump_inputs(inputs),
            )
        case InputEdge(role, is_active, at, is_first):
            values = (role.value, is_active, at, is_first)
        case _:
            assert_never(packet)
    return json.dumps((type(packet).__name__, *values)).encode()


def decode(data: bytes) -> Packet:
    """Return the packet in `data`.

    Raises:
        ValueError: the bytes are no packet.
    """
    match json.loads(data):
        case ["PulseRequest", int(id), int(duration_ms), float(not_after)]:
            return PulseRequest(id, duration_ms, not_after)
        case [
            "PulseReply",
            int(id),
            bool(sent),
            (float() | None) as sent_at,
            (str() | None) as message,
            fault,
        ]:
            return PulseReply(id, PulseResult(sent, sent_at, message, _load(fault)))
        case ["StatusReport", str(state), str(message), fault, (float() | None) as off_due_at, inputs]:
            health = DoorHealth(DoorState(state), message, _load(fault))
            return StatusReport(health, off_due_at, _load_inputs(inputs))
        case ["InputEdge", str(role), bool(is_active), float(at), bool(is_first)]:
            return InputEdge(InputRole(role), is_active, at, is_first)
    raise ValueError(f"{data!r} is no packet of a door")


def _dump(fault: DoorFault | None) -> tuple[str, str, bool] | None:
    return None if fault is None else (fault.kind.value, fault.detail, fault.is_open_possible)


def _load(fault: object) -> DoorFault | None:
    match fault:
        case None:
            return None
        case [str(kind), str(detail), bool(is_open_possible)]:
            return DoorFault(RelayFault(kind), detail, is_open_possible)
    raise ValueError(f"{fault!r} is no fault of a door")


def _dump_inputs(inputs: InputSnapshot | None) -> tuple[str, list[str], str] | None:
    if inputs is None:
        return None
    return inputs.state.value, [role.value for role in inputs.active], inputs.problem


def _load_inputs(inputs: object) -> InputSnapshot | None:
    match inputs:
        case None:
            return None
        case [str(state), list(active), str(problem)]:
            return InputSnapshot(InputState(state), tuple(InputRole(role) for role in active), problem)
    raise ValueError(f"{inputs!r} are no inputs of a door")

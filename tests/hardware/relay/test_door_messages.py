"""Packets between a station and its door process."""

from __future__ import annotations

import pytest

from hardware.errors import RelayFault
from hardware.inputs import InputEdge, InputRole, InputSnapshot, InputState
from hardware.relay import DoorFault, DoorHealth, DoorState, PulseResult
from hardware.relay.door_messages import (
    Packet,
    PulseReply,
    PulseRequest,
    StatusReport,
    decode,
    encode,
    not_sent,
)

PACKETS: list[Packet] = [
    PulseRequest(1, 400, 12.5),
    PulseReply(1, PulseResult(sent=True, sent_at=13.25)),
    PulseReply(
        2, not_sent("„Kein“ Relais.", DoorFault(RelayFault.TWO_BOARDS, "a and b", is_open_possible=True))
    ),
    StatusReport(DoorHealth(DoorState.READY), 14.5),
    StatusReport(
        DoorHealth(DoorState.READY),
        None,
        InputSnapshot(InputState.LOST, (InputRole.FIRE, InputRole.JAM), "No answer."),
    ),
    InputEdge(InputRole.PASSAGE, True, 15.5, is_first=True),
    StatusReport(
        DoorHealth(DoorState.LOST, "The relay board was unplugged.", DoorFault(RelayFault.UNPLUGGED, "COM3"))
    ),
]


@pytest.mark.parametrize("packet", PACKETS)
def test_a_packet_arrives_as_it_was_sent(packet: Packet) -> None:
    assert decode(encode(packet)) == packet


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"[]",
        b"{}",
        b"[1]",
        b'["PulseRequest", "1", 400, 1.0]',
        b'["PulseRequest", 1, 400]',
        b'["StatusReport", "odd", "", null]',
        b'["StatusReport", "ready", "", null, null, ["ready"]]',
        b'["InputEdge", "door", true, 1.5, false]',
    ],
)
def test_anything_else_is_no_packet(data: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 -- of JSON, of an enum or our own
        decode(data)

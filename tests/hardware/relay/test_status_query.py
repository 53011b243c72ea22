"""Boards that answer status requests, that never do, that stop, and that must not be asked."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hardware.errors import DeviceLost, RelayFault
from hardware.relay.serial_port import SerialPort
from hardware.relay.status_query import StatusQuery


class RecordingSerialPort(SerialPort):
    """A serial port that records what is written and answers with `answer`."""

    def __init__(self) -> None:
        super().__init__()
        self.answer = b""
        self.written: list[bytes] = []

    def write(self, data: bytes, *, discard_input: bool = False) -> None:
        self.written.append(data)

    def check(self) -> None:
        pass

    def read_until(self, timeout: float, is_complete: Callable[[bytes], bool]) -> bytes:
        return self.answer


@pytest.fixture
def port() -> RecordingSerialPort:
    return RecordingSerialPort()


def ask(query: StatusQuery) -> bytes | None:
    return query.ask(b"?", bool)


def test_a_silent_board_is_asked_once_for_each_opening(port: RecordingSerialPort) -> None:
    query = StatusQuery(port, "Some")
    assert [ask(query) for _ in range(3)] == [None] * 3
    assert port.written == [b"?"]
    query.reset()
    assert ask(query) is None
    assert port.written == [b"?", b"?"]
    assert not query.is_answered


def test_a_board_that_answered_and_stops_is_lost(port: RecordingSerialPort) -> None:
    query, port.answer = StatusQuery(port, "Some"), b"!"
    assert ask(query) == b"!"
    query.accept()
    assert query.is_answered
    port.answer = b""
    with pytest.raises(DeviceLost, match="stopped answering") as error:
        ask(query)
    assert error.value.fault is RelayFault.NO_ANSWER


def test_a_board_that_must_not_be_asked_is_never_asked(port: RecordingSerialPort) -> None:
    query, port.answer = StatusQuery(port, "Some", enabled=False), b"!"
    query.reset()
    assert ask(query) is None
    assert port.written == []


def test_a_wrong_device_is_named_by_its_fault(port: RecordingSerialPort) -> None:
    error = StatusQuery(port, "Some").wrong_device()
    assert "as Some relay boards do" in str(error)
    assert error.fault is RelayFault.WRONG_DEVICE

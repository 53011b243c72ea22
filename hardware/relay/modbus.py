"""Modbus RTU relay boards (Waveshare from V2 and their like), 9600 8N1 unless the address says otherwise.

Frames and CRC are pymodbus's; the port is ours, because pymodbus's own client opens it without a write time-out and with
DTR and RTS raised. A pulse is the board's own "flash on": function 5 on coil 0x0200 + n with the duration in tenths of a
second as the value, which the standard doesn't know (it allows FF00 and 0000), so that `CoilValue` takes the place of
pymodbus's own request. The board ends the pulse even if this program is killed. Toggle (5500) is never sent.

A damaged or absent answer to a command doesn't undo the command: `read()` then looks at the coils, twice if need be, and
only a board that can't be read is lost. Nothing but reading and switching off is ever repeated.
"""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Callable

from pymodbus.exceptions import ModbusException
from pymodbus.framer import FramerRTU
from pymodbus.pdu import DecodePDU, ExceptionResponse, ModbusPDU
from pymodbus.pdu.bit_message import (
    ReadCoilsRequest,
    ReadDiscreteInputsRequest,
    WriteMultipleCoilsRequest,
    WriteMultipleCoilsResponse,
)

from hardware.errors import DeviceLost
from hardware.relay.address import PortFinder, RelayAddress
from hardware.relay.board import BoardCapabilities, check_channel, check_pulse_duration
from hardware.relay.serial_port import SerialPort

RESPONSE_TIMEOUT_S = 0.15
_FLASH_ON = 0x0200
_ON = 0xFF00
_OFF = 0x0000
_FLASH_UNIT_MS = 100


class WriteCoilValue(ModbusPDU):
    """Function 5 with any value, request and answer alike; pymodbus's own knows only on and off."""

    function_code = 5
    rtu_frame_size = 8

    def __init__(self, dev_id: int = 0, address: int = 0, value: int = _OFF) -> None:
        super().__init__(dev_id=dev_id, address=address)
        self.value = value

    def encode(self) -> bytes:
        return struct.pack(">HH", self.address, self.value)

    def decode(self, data: bytes) -> None:
        self.address, self.value = struct.unpack(">HH", data[:4])


class InvalidResponse(DeviceLost):
    """The board is silent, or what it said is damaged or not an answer to what was asked."""


class ModbusBoard:
    """`RelayBoard` and `InputBoard` over Modbus RTU."""

    def __init__(
        self,
        find_port: Callable[[], str],
        *,
        device_id: int = 1,
        channels: int = 8,
        inputs: int = 8,
        serial_port: SerialPort | None = None,
    ) -> None:
        self._find_port = find_port
        self._device_id = device_id
        self._serial_port = serial_port or SerialPort()
        decoder = DecodePDU(is_server=False)
        decoder.register(WriteCoilValue)
        self._framer = FramerRTU(decoder)
        self._pending_request: ModbusPDU | None = None
        self.capabilities = BoardCapabilities(channels, timed_pulse=True, read_back=True, inputs=inputs)

    @classmethod
    def from_address(cls, address: RelayAddress, find_port: PortFinder) -> ModbusBoard:
        """A board as `modbus:…` names it; keys `slave` (1), `channels` (8), `inputs` (8), `baud` (9600)."""
        address.check_options("slave", "channels", "inputs", "baud")
        return cls(
            find_port(address),
            device_id=address.get_int("slave", 1, 1, 247),
            channels=address.get_int("channels", max(8, address.channel), 1, 64),
            inputs=address.get_int("inputs", 8, 0, 64),
            serial_port=SerialPort(baudrate=address.get_int("baud", 9600, 1200, 256000)),
        )

    def open(self) -> None:
        self._pending_request = None
        self._serial_port.open(self._find_port())

    def close(self) -> None:
        self._serial_port.close()

    def on(self, channel: int) -> None:
        self._write_coil(self._coil_address(channel), _ON)

    def off(self, channel: int) -> None:
        self._write_coil(self._coil_address(channel), _OFF)

    def pulse(self, channel: int, duration_ms: int) -> None:
        """Flash on, in steps of 100 ms, a broken step counting as a whole one."""
        ticks = -(-check_pulse_duration(duration_ms) // _FLASH_UNIT_MS)
        self._write_coil(_FLASH_ON + self._coil_address(channel), ticks)

    def all_off(self) -> None:
        self._pending_request = None
        bits = [False] * self.capabilities.channels
        self._send(WriteMultipleCoilsRequest(address=0, bits=bits, dev_id=self._device_id))
        self._receive_pending_response()

    def read_states(self) -> tuple[bool, ...] | None:
        with contextlib.suppress(InvalidResponse):  # the coils, read below, tell what became of the command
            self._receive_pending_response()
        return self._read_bits(ReadCoilsRequest, self.capabilities.channels)

    def read_inputs(self) -> tuple[bool, ...]:
        """The discrete inputs; an empty tuple where the address says that there are none."""
        self._receive_pending_response()
        return (
            self._read_bits(ReadDiscreteInputsRequest, self.capabilities.inputs)
            if self.capabilities.inputs
            else ()
        )

    def _coil_address(self, channel: int) -> int:
        return check_channel(channel, self.capabilities.channels) - 1

    def _write_coil(self, address: int, value: int) -> None:
        self._receive_pending_response()
        self._send(WriteCoilValue(dev_id=self._device_id, address=address, value=value))

    def _read_bits(self, request: type[ReadCoilsRequest], count: int) -> tuple[bool, ...]:
        """Ask for `count` bits, and once more where the answer is bad."""
        ask = request(address=0, count=count, dev_id=self._device_id)
        self._send(ask)
        try:
            answer = self._receive_pending_response()
        except InvalidResponse:
            self._send(ask)
            answer = self._receive_pending_response()
        if answer is None or len(answer.bits) < count:
            raise InvalidResponse(f"The relay board at {self._serial_port.port} told of too few channels.")
        return tuple(answer.bits[:count])

    def _send(self, request: ModbusPDU) -> None:
        self._serial_port.discard_input()
        self._serial_port.write(self._framer.buildFrame(request))
        self._pending_request = request

    def _receive_pending_response(self) -> ModbusPDU | None:
        """Wait for the answer that is due, if one is, and check it against what was asked."""
        request, self._pending_request = self._pending_request, None
        if request is None:
            return None
        received = self._serial_port.read_until(RESPONSE_TIMEOUT_S, self._is_complete_frame)
        port = self._serial_port.port
        if not received:
            raise InvalidResponse(
                f"The relay board at {port} doesn't answer; check its power and its address."
            )
        try:
            _, answer = self._framer.handleFrame(received, self._device_id, 0)
        except ModbusException as error:
            raise InvalidResponse(f"The relay board at {port} gave an answer that makes no sense.") from error
        if answer is None:
            raise InvalidResponse(f"The relay board at {port} gave a damaged answer; check its cable.")
        if isinstance(answer, ExceptionResponse):
            raise DeviceLost(f"The relay board at {port} refused a command (code {answer.exception_code}).")
        if not _is_response_to(request, answer):
            raise InvalidResponse(f"The relay board at {port} answered something else than it was asked.")
        return answer

    def _is_complete_frame(self, received: bytes) -> bool:
        try:
            return self._framer.decode(received)[0] > 0
        except ModbusException:  # a function code that no relay board speaks
            return True


def _is_response_to(request: ModbusPDU, answer: ModbusPDU) -> bool:
    if request.function_code != answer.function_code:
        return False
    if isinstance(request, WriteCoilValue) and isinstance(answer, WriteCoilValue):
        return (request.address, request.value) == (answer.address, answer.value)
    if isinstance(answer, WriteMultipleCoilsResponse):
        return (request.address, request.count) == (answer.address, answer.count)
    return True

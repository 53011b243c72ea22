"""Modbus RTU relay boards (Waveshare V2 and compatible), 9600 8N1 by default.

pymodbus builds the frames and checks the CRC. The port is our `SerialPort`, because the client of pymodbus opens a port
without a write timeout and with DTR and RTS high. A pulse uses the board's "flash on" command: function 5 on coil
0x0200 + n with the duration in tenths of a second as the value. The Modbus standard allows only FF00 and 0000 there, so
`WriteCoilValue` replaces the request class of pymodbus. The board ends the pulse even if this program is killed. Toggle
(5500) is never sent.

A damaged or missing response does not undo the command: `read_states()` then reads the coils, twice if necessary, and
only a board that cannot be read is lost. Only reading and switching off are ever repeated.
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
    """Function 5 (write single coil) with any value, as request and response. The class of pymodbus allows only on and off."""

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
    """The board did not respond, or its response is damaged or belongs to another request."""


class ModbusBoard:
    """`RelayBoard` and `InputBoard` driver for Modbus RTU."""

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
        """Create the board for a `modbus:` address. Options: `slave` (1), `channels` (8), `inputs` (8), `baud` (9600)."""
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
        """Send "flash on". The duration is rounded up to steps of 100 ms."""
        ticks = -(-check_pulse_duration(duration_ms) // _FLASH_UNIT_MS)
        self._write_coil(_FLASH_ON + self._coil_address(channel), ticks)

    def all_off(self) -> None:
        self._pending_request = None
        bits = [False] * self.capabilities.channels
        self._send(WriteMultipleCoilsRequest(address=0, bits=bits, dev_id=self._device_id))
        self._receive_pending_response()

    def read_states(self) -> tuple[bool, ...] | None:
        with contextlib.suppress(InvalidResponse):  # the coils, read below, show the result of the command
            self._receive_pending_response()
        return self._read_bits(ReadCoilsRequest, self.capabilities.channels)

    def read_inputs(self) -> tuple[bool, ...]:
        """Return the discrete inputs, or an empty tuple if the address has `inputs=0`."""
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
        """Read `count` bits; retry once after an invalid response."""
        read_request = request(address=0, count=count, dev_id=self._device_id)
        self._send(read_request)
        try:
            response = self._receive_pending_response()
        except InvalidResponse:
            self._send(read_request)
            response = self._receive_pending_response()
        if response is None or len(response.bits) < count:
            raise InvalidResponse(f"The relay board at {self._serial_port.port} reported too few channels.")
        return tuple(response.bits[:count])

    def _send(self, request: ModbusPDU) -> None:
        self._serial_port.discard_input()
        self._serial_port.write(self._framer.buildFrame(request))
        self._pending_request = request

    def _receive_pending_response(self) -> ModbusPDU | None:
        """Wait for the pending response, if there is one, and check that it matches its request."""
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
            _, response = self._framer.handleFrame(received, self._device_id, 0)
        except ModbusException as error:
            raise InvalidResponse(
                f"The relay board at {port} sent a response that makes no sense."
            ) from error
        if response is None:
            raise InvalidResponse(f"The relay board at {port} sent a damaged response; check its cable.")
        if isinstance(response, ExceptionResponse):
            raise DeviceLost(f"The relay board at {port} refused a command (code {response.exception_code}).")
        if not _is_response_to(request, response):
            raise InvalidResponse(
                f"The relay board at {port} sent a response to something else than the request."
            )
        return response

    def _is_complete_frame(self, received: bytes) -> bool:
        try:
            return self._framer.decode(received)[0] > 0
        except ModbusException:  # a function code that no relay board uses
            return True


def _is_response_to(request: ModbusPDU, response: ModbusPDU) -> bool:
    if request.function_code != response.function_code:
        return False
    if isinstance(request, WriteCoilValue) and isinstance(response, WriteCoilValue):
        return (request.address, request.value) == (response.address, response.value)
    if isinstance(response, WriteMultipleCoilsResponse):
        return (request.address, request.count) == (response.address, response.count)
    return True

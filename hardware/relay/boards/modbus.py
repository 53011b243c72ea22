"""Modbus RTU relay boards (Waveshare V2 and compatible), 9600 8N1 by default.

pymodbus builds the frames and checks the CRC. The port is our `SerialPort`, because the client of pymodbus opens a port
without a write timeout and with DTR and RTS high. A pulse uses the board's "flash on" command: function 5 on coil
0x0200 + n with the duration in tenths of a second as the value. The Modbus standard allows only FF00 and 0000 there, so
`WriteCoilValue` replaces the request class of pymodbus. The board ends the pulse even if this program is killed. Toggle
(5500) is never sent.

RS485 adapters may echo what is sent. The first response of a function other than 5 shows it (that of function 5 equals its
request); from then on the echo is taken off each response, so an echo alone is never taken for the board's answer. A board
that refuses or ignores function 15 (write multiple coils) gets one function 5 per channel instead. Some boards report coils as
a byte per coil instead of a bit. A board that refuses "flash on" gets "on" from the next pulse on, and the caller must call
`off`: its capabilities then say that it has no timer.

`channels` and `inputs` are upper bounds: a board that refuses an address as unknown (code 2) has fewer. The count is learned
from that at each connect. Only the door's own channel must exist.

A damaged or missing response does not undo the command: `read_states()` then reads the coils, twice if necessary, and
only a board that cannot be read is lost. Only reading and switching off are ever repeated.
"""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Callable
from dataclasses import replace

from pymodbus.exceptions import ModbusException
from pymodbus.framer import FramerRTU
from pymodbus.pdu import DecodePDU, ExceptionResponse, ModbusPDU
from pymodbus.pdu.bit_message import (
    ReadCoilsRequest,
    ReadDiscreteInputsRequest,
    WriteMultipleCoilsRequest,
    WriteMultipleCoilsResponse,
)

from hardware.errors import DeviceLost, RelayFault
from hardware.inputs.poller import InputsUnreadable
from hardware.relay.address import PortFinder, RelayAddress
from hardware.relay.board import BoardCapabilities, check_channel, check_pulse_duration
from hardware.relay.serial_port import SerialPort

RESPONSE_TIMEOUT_S = 0.15
_FLASH_ON = 0x0200
_ON = 0xFF00
_OFF = 0x0000
_FLASH_UNIT_MS = 100
_WRITE_COIL = 5
_ILLEGAL_FUNCTION = 1
_ILLEGAL_DATA_ADDRESS = 2
_ILLEGAL_DATA_VALUE = 3
_UNKNOWN = (_ILLEGAL_FUNCTION, _ILLEGAL_DATA_ADDRESS, _ILLEGAL_DATA_VALUE)
"""Codes with which a board refuses what it does not know, and not what it can't do now."""


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

    default_fault = RelayFault.WRONG_ANSWER


class RequestRefused(DeviceLost):
    """The board answered with an exception response; `code` is its exception code."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code

    @property
    def is_unknown_address(self) -> bool:
        """True if the board lacks a channel or an input that the request names."""
        return self.code == _ILLEGAL_DATA_ADDRESS

    default_fault = RelayFault.REFUSED


class ModbusBoard:
    """`RelayBoard` and `InputBoard` driver for Modbus RTU."""

    def __init__(
        self,
        find_port: Callable[[], str],
        *,
        device_id: int = 1,
        channels: int = 8,
        inputs: int = 8,
        door_channel: int = 1,
        echoes: bool | None = None,
        knows_multiple_coils: bool = True,
        serial_port: SerialPort | None = None,
    ) -> None:
        self._find_port = find_port
        self._device_id = device_id
        self._serial_port = serial_port or SerialPort()
        decoder = DecodePDU(is_server=False)
        decoder.register(WriteCoilValue)
        self._framer = FramerRTU(decoder)
        self._pending_request: ModbusPDU | None = None
        self._sent_frame = b""
        self._configured_echoes = self._line_echoes = echoes  # None: not known yet
        self._configured_multiple_coils = self._knows_multiple_coils = knows_multiple_coils
        self._door_channel = door_channel
        self._knows_flash = True
        self._configured = BoardCapabilities(channels, timed_pulse=True, read_back=True, inputs=inputs)
        self.capabilities = self._configured

    @classmethod
    def from_address(cls, address: RelayAddress, find_port: PortFinder) -> ModbusBoard:
        """Create the board for a `modbus:` address.

        Options: `slave` (1), and the most that the board may have: `channels` (8), `inputs` (8). `echo=yes|no` says if the adapter
        sends back what is sent, and `all_off=single` that the board must get no function 15; both are recognised otherwise.
        """
        address.check_options("slave", "channels", "inputs", "echo", "all_off")
        return cls(
            find_port(address),
            device_id=address.get_int("slave", 1, 1, 247),
            channels=address.get_int("channels", max(8, address.channel), 1, 64),
            inputs=address.get_int("inputs", 8, 0, 64),
            door_channel=address.channel,
            echoes={"auto": None, "yes": True, "no": False}[address.get_choice("echo", "auto", "yes", "no")],
            knows_multiple_coils=address.get_choice("all_off", "auto", "single") == "auto",
            serial_port=SerialPort.from_address(address),
        )

    def open(self) -> None:
        self._pending_request, self._line_echoes = None, self._configured_echoes
        self._knows_multiple_coils = self._configured_multiple_coils
        self.capabilities = replace(self._configured, timed_pulse=self._knows_flash)
        self._serial_port.open(self._find_port())

    def close(self) -> None:
        self._serial_port.close()

    def on(self, channel: int) -> None:
        self._write_coil(self._coil_address(channel), _ON)

    def off(self, channel: int) -> None:
        self._write_coil(self._coil_address(channel), _OFF)

    def pulse(self, channel: int, duration_ms: int) -> None:
        """Send "flash on", or "on" if the board has refused that. The duration is rounded up to steps of 100 ms."""
        if not self.capabilities.timed_pulse:
            self.on(channel)
            return
        ticks = -(-check_pulse_duration(duration_ms) // _FLASH_UNIT_MS)
        self._write_coil(_FLASH_ON + self._coil_address(channel), ticks)

    def all_off(self) -> None:
        with contextlib.suppress(DeviceLost):  # its late response would be taken for that of the next request
            self._receive_pending_response()
        if self._knows_multiple_coils and self._all_off_at_once():
            return
        channels = self.capabilities.channels
        self._all_off_by_channel()
        # Only now: the board answers, and not to function 15. A board with fewer channels may have refused the count.
        self._knows_multiple_coils = self.capabilities.channels < channels

    def _all_off_at_once(self) -> bool:
        """Write all coils with function 15; return False if the board does not do it (some refuse, some keep silent)."""
        bits = [False] * self.capabilities.channels
        self._send(WriteMultipleCoilsRequest(address=0, bits=bits, dev_id=self._device_id))
        try:
            self._receive_pending_response()
        except (RequestRefused, InvalidResponse):
            return False
        return True

    def _all_off_by_channel(self) -> None:
        """Switch off one channel after the other; learn from a refusal how many there are."""
        for channel in range(1, self.capabilities.channels + 1):
            self.off(channel)
            try:
                self._receive_pending_response()
            except RequestRefused as refusal:
                if not refusal.is_unknown_address:
                    raise
                self._limit_channels(channel - 1, refusal)
                return

    def _limit_channels(self, count: int, refusal: RequestRefused) -> None:
        """Take over how many channels the board has; raise if the door's own is not among them."""
        if count < self._door_channel:
            raise DeviceLost(
                f"The relay board at {self._serial_port.port} has no channel {self._door_channel}: it knows {count}. "
                "Correct the channel in the setting relay.",
                RelayFault.NO_CHANNEL,
                str(self._door_channel),
            ) from refusal
        self.capabilities = replace(self.capabilities, channels=count)

    def read_states(self) -> tuple[bool, ...] | None:
        with contextlib.suppress(InvalidResponse):  # the coils, read below, show the result of the command
            self._receive_pending_response()
        try:
            return self._read_bits(ReadCoilsRequest, self.capabilities.channels)
        except RequestRefused as refusal:
            states = self._read_all_bits(ReadCoilsRequest, self.capabilities.channels, refusal)
            self._limit_channels(len(states), refusal)
            return states

    def read_inputs(self) -> tuple[bool, ...]:
        """Return the discrete inputs, or an empty tuple if the address has `inputs=0`.

        Raises:
            InputsUnreadable: the board has no inputs, or its answer is damaged. What is wrong with a command before is raised as it is.
        """
        with contextlib.suppress(
            InvalidResponse
        ):  # the coils show the result of the command; `read_states` follows
            self._receive_pending_response()
        if not self.capabilities.inputs:
            return ()
        try:
            return self._read_present_inputs()
        except (InvalidResponse, RequestRefused) as error:
            raise InputsUnreadable(str(error), error.fault, error.detail) from error

    def _read_present_inputs(self) -> tuple[bool, ...]:
        try:
            return self._read_bits(ReadDiscreteInputsRequest, self.capabilities.inputs)
        except RequestRefused as refusal:
            states = self._read_all_bits(ReadDiscreteInputsRequest, self.capabilities.inputs, refusal)
            self.capabilities = replace(self.capabilities, inputs=len(states))
            return states

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
        bits = [] if response is None else response.bits
        if len(bits) >= 8 * count > 8:  # noqa: PLR2004 -- a byte per coil, whose lowest bit counts
            bits = bits[::8]
        if len(bits) < count:
            raise InvalidResponse(f"The relay board at {self._serial_port.port} reported too few channels.")
        return tuple(bits[:count])

    def _read_all_bits(
        self, request: type[ReadCoilsRequest], refused_count: int, refusal: RequestRefused
    ) -> tuple[bool, ...]:
        """Read as many bits as the board has, fewer than `refused_count`; raise `refusal` if it has none."""
        known: tuple[bool, ...] = ()
        least, most = 1, refused_count - 1
        while refusal.is_unknown_address and least <= most:
            count = (least + most + 1) // 2
            try:
                known = self._read_bits(request, count)
                least = count + 1
            except RequestRefused as error:
                if not error.is_unknown_address:
                    raise
                most = count - 1
        if not known:
            raise refusal
        return known

    def _send(self, request: ModbusPDU) -> None:
        self._sent_frame = self._framer.buildFrame(request)
        self._serial_port.write(self._sent_frame, discard_input=True)
        self._pending_request = request

    def _receive_pending_response(self) -> ModbusPDU | None:
        """Wait for the pending response, if there is one, and check that it matches its request."""
        request, self._pending_request = self._pending_request, None
        if request is None:
            return None
        received = self._serial_port.read_until(RESPONSE_TIMEOUT_S, self._is_complete_frame)
        received = self._without_echo(received)
        port = self._serial_port.port
        if not received:
            raise InvalidResponse(
                f"The relay board at {port} doesn't answer; check its power and its address.",
                RelayFault.NO_ANSWER,
                port,
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
            code, function = response.exception_code, request.function_code
            if _is_flash(request) and code in _UNKNOWN:
                self._knows_flash = False
            sentence = (
                f"The relay board at {port} does not know a command (function {function})."
                if code == _ILLEGAL_FUNCTION
                else f"The relay board at {port} refused a command (function {function}, code {code})."
            )
            raise RequestRefused(sentence, code)
        if not _is_response_to(request, response):
            raise InvalidResponse(
                f"The relay board at {port} sent a response to something else than the request."
            )
        return response

    def _without_echo(self, received: bytes) -> bytes:
        """Return `received` without the request, where the line echoes; learn from unambiguous answers if it does."""
        starts_with_request = received.startswith(self._sent_frame)
        if self._line_echoes is None and self._sent_frame[1] != _WRITE_COIL:
            if starts_with_request:
                self._line_echoes = True
            elif len(received) >= len(self._sent_frame) or (
                received and not self._sent_frame.startswith(received)
            ):
                self._line_echoes = False
        if self._line_echoes and starts_with_request:
            return received[len(self._sent_frame) :]
        return received

    def _is_complete_frame(self, received: bytes) -> bool:
        may_be_echo = self._line_echoes is not False and len(received) < len(self._sent_frame)
        if may_be_echo and self._sent_frame.startswith(received):
            return False
        try:
            return self._framer.decode(self._without_echo(received))[0] > 0
        except ModbusException:  # a function code that no relay board uses
            return True


def _is_flash(request: ModbusPDU) -> bool:
    return isinstance(request, WriteCoilValue) and request.address >= _FLASH_ON


def _is_response_to(request: ModbusPDU, response: ModbusPDU) -> bool:
    if request.function_code != response.function_code:
        return False
    if isinstance(request, WriteCoilValue) and isinstance(response, WriteCoilValue):
        return (request.address, request.value) == (response.address, response.value)
    if isinstance(response, WriteMultipleCoilsResponse):
        return (request.address, request.count) == (response.address, response.count)
    return True

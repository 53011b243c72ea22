"""Emulated Modbus RTU relay board. It has its own CRC implementation, so that it shares no mistake with the driver."""

from __future__ import annotations

from pathlib import Path

from hardware.relay.emulators.pty_board import PtyBoard

_READ_COILS, _READ_INPUTS, _WRITE_COIL, _WRITE_COILS = 0x01, 0x02, 0x05, 0x0F
_FLASH_ON = 0x0200
_ON, _OFF = 0xFF00, 0x0000
_ILLEGAL_FUNCTION, _ILLEGAL_DATA_ADDRESS, _ILLEGAL_DATA_VALUE = 1, 2, 3
_REQUEST_LENGTH = 8


def crc16(data: bytes) -> bytes:
    """Return the CRC-16 of Modbus (reflected polynomial A001, initial value FFFF), low byte first as transmitted."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return crc.to_bytes(2, "little")


class ModbusEmulator(PtyBoard):
    """Functions 1, 2, 5 (with flash-on) and 15; externally powered. The next `bad_crc_responses` responses are damaged."""

    external_power = True

    def __init__(self, link: Path, *, channels: int = 8, inputs: int = 8, device_id: int = 1) -> None:
        super().__init__(link, channels=channels)
        self.device_id = device_id
        self.bad_crc_responses = 0
        self.knows_multiple_coils = True
        self.multiple_coils_refusal = _ILLEGAL_FUNCTION  # the exception code, where function 15 is not known
        self.knows_flash = True  # "flash on", else the address is refused
        self.refuses_unknown_coils = True  # else a write to a channel that is not there is confirmed
        self.ignores_unknown_functions = False  # instead of refusing them
        self.reports_byte_per_coil = False
        self.input_contacts = [False] * inputs

    def handle_command(self, buffer: bytes, now: float) -> tuple[int, bytes]:
        if len(buffer) < _REQUEST_LENGTH:
            return 0, b""
        length = 9 + buffer[6] if buffer[1] == _WRITE_COILS else _REQUEST_LENGTH
        if len(buffer) < length:
            return 0, b""
        frame = buffer[:length]
        if crc16(frame[:-2]) != frame[-2:]:
            return 1, b""
        if frame[0] != self.device_id:
            return length, b""
        if frame[1] == _WRITE_COILS and not self.knows_multiple_coils:
            if self.ignores_unknown_functions:
                return length, b""
            body = _exception_response(_WRITE_COILS, self.multiple_coils_refusal)
        else:
            body = self._execute(frame[1:-2], now)
        answer = bytes((self.device_id, *body))
        crc = crc16(answer)
        if self.bad_crc_responses:
            self.bad_crc_responses -= 1
            crc = bytes((crc[0] ^ 0x5A, crc[1]))
        return length, answer + crc

    def _execute(self, pdu: bytes, now: float) -> bytes:
        function, address, value = pdu[0], int.from_bytes(pdu[1:3], "big"), int.from_bytes(pdu[3:5], "big")
        channel = (address & 0xFF) + 1
        if function in {_READ_COILS, _READ_INPUTS}:
            bits = self.contacts if function == _READ_COILS else self.input_contacts
            return (
                _exception_response(function, _ILLEGAL_DATA_ADDRESS)
                if address + value > len(bits)
                else self._report_bits(function, bits[address:][:value])
            )
        if function == _WRITE_COIL and channel <= len(self.contacts):
            if address & 0xFF00 == _FLASH_ON and self.knows_flash:
                self.set_contact(channel, True, now, duration=value / 10)
            elif address & 0xFF00 == 0 and value in {_ON, _OFF}:
                self.set_contact(channel, value == _ON, now)
            else:
                return _exception_response(function, _ILLEGAL_DATA_VALUE)
            return pdu
        if function == _WRITE_COIL and not self.refuses_unknown_coils:
            return pdu
        if function == _WRITE_COILS and address + value <= len(self.contacts):
            for offset in range(value):
                self.set_contact(address + offset + 1, bool(pdu[6 + offset // 8] >> offset % 8 & 1), now)
            return pdu[:5]
        return _exception_response(
            function, _ILLEGAL_DATA_ADDRESS if function in {_WRITE_COIL, _WRITE_COILS} else _ILLEGAL_FUNCTION
        )

    def _report_bits(self, function: int, bits: list[bool]) -> bytes:
        return (
            bytes((function, len(bits), *bits)) if self.reports_byte_per_coil else _pack_bits(function, bits)
        )


def _pack_bits(function: int, bits: list[bool]) -> bytes:
    data = bytearray(-(-len(bits) // 8))
    for index, bit in enumerate(bits):
        data[index // 8] |= bit << index % 8
    return bytes((function, len(data), *data))


def _exception_response(function: int, code: int) -> bytes:
    return bytes((function | 0x80, code))

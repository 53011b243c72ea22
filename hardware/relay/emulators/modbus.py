"""A Modbus RTU relay board's far end, with a CRC of its own, so that it shares no mistake with the driver."""

from __future__ import annotations

from pathlib import Path

from hardware.relay.emulators.pty_board import PtyBoard

_READ_COILS, _READ_INPUTS, _WRITE_COIL, _WRITE_COILS = 0x01, 0x02, 0x05, 0x0F
_FLASH_ON = 0x0200
_ON, _OFF = 0xFF00, 0x0000
_NO_FUNCTION, _NO_ADDRESS, _NO_VALUE = 1, 2, 3
_REQUEST_LENGTH = 8


def crc16(data: bytes) -> bytes:
    """Modbus's CRC-16 (polynomial A001 reflected, start FFFF), low byte first as on the line."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return crc.to_bytes(2, "little")


class ModbusEmulator(PtyBoard):
    """Functions 1, 2, 5 (with flash-on) and 15; has its own supply. `bad_crc` answers yet to come are damaged."""

    own_supply = True

    def __init__(self, link: Path, *, channels: int = 8, slave: int = 1) -> None:
        super().__init__(link, channels=channels)
        self.slave = slave
        self.bad_crc = 0
        self.input_contacts = [False] * 8

    def take(self, buffer: bytes, now: float) -> tuple[int, bytes]:
        if len(buffer) < _REQUEST_LENGTH:
            return 0, b""
        length = 9 + buffer[6] if buffer[1] == _WRITE_COILS else _REQUEST_LENGTH
        if len(buffer) < length:
            return 0, b""
        frame = buffer[:length]
        if crc16(frame[:-2]) != frame[-2:]:
            return 1, b""
        if frame[0] != self.slave:
            return length, b""
        body = self._act(frame[1:-2], now)
        answer = bytes((self.slave, *body))
        crc = crc16(answer)
        if self.bad_crc:
            self.bad_crc -= 1
            crc = bytes((crc[0] ^ 0x5A, crc[1]))
        return length, answer + crc

    def _act(self, pdu: bytes, now: float) -> bytes:
        function, address, value = pdu[0], int.from_bytes(pdu[1:3], "big"), int.from_bytes(pdu[3:5], "big")
        channel = (address & 0xFF) + 1
        if function in {_READ_COILS, _READ_INPUTS}:
            bits = self.contacts if function == _READ_COILS else self.input_contacts
            return (
                _refusal(function, _NO_ADDRESS)
                if address + value > len(bits)
                else _packed(function, bits[address:][:value])
            )
        if function == _WRITE_COIL and channel <= len(self.contacts):
            if address & 0xFF00 == _FLASH_ON:
                self.switch(channel, True, now, seconds=value / 10)
            elif address & 0xFF00 == 0 and value in {_ON, _OFF}:
                self.switch(channel, value == _ON, now)
            else:
                return _refusal(function, _NO_VALUE)
            return pdu
        if function == _WRITE_COILS and address + value <= len(self.contacts):
            for offset in range(value):
                self.switch(address + offset + 1, bool(pdu[6 + offset // 8] >> offset % 8 & 1), now)
            return pdu[:5]
        return _refusal(function, _NO_ADDRESS if function in {_WRITE_COIL, _WRITE_COILS} else _NO_FUNCTION)


def _packed(function: int, bits: list[bool]) -> bytes:
    data = bytearray(-(-len(bits) // 8))
    for place, bit in enumerate(bits):
        data[place // 8] |= bit << place % 8
    return bytes((function, len(data), *data))


def _refusal(function: int, code: int) -> bytes:
    return bytes((function | 0x80, code))

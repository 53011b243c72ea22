"""CRC of the Modbus emulator."""

from __future__ import annotations

from hardware.relay.emulators.modbus import crc16


def test_the_emulators_own_crc_agrees_with_the_documented_frames() -> None:
    for frame in ("01 05 00 00 FF 00 8C 3A", "01 05 02 00 00 05 0C 71", "01 02 00 00 00 08 79 CC"):
        data = bytes.fromhex(frame)
        assert crc16(data[:-2]) == data[-2:]

"""Emulated relay boards on a pty, for tests and the demo.

    with LcusEmulator(folder / "turnstile") as board:
        door = create_door(f"lcus:{board.link}").start()

Needs a POSIX system. Timestamps are `time.monotonic` seconds, like the door's.
"""

from hardware.relay.emulators.byte_boards import DevantechEmulator, Hw667Emulator, KmtronicEmulator
from hardware.relay.emulators.lcus import LcusEmulator
from hardware.relay.emulators.modbus import ModbusEmulator
from hardware.relay.emulators.pty_board import ContactChange, PtyBoard
from hardware.relay.emulators.text_boards import DenkoviEmulator, NumatoEmulator

__all__ = [
    "ContactChange",
    "DenkoviEmulator",
    "DevantechEmulator",
    "Hw667Emulator",
    "KmtronicEmulator",
    "LcusEmulator",
    "ModbusEmulator",
    "NumatoEmulator",
    "PtyBoard",
]

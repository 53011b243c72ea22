"""Inputs of a relay board, or of a second board: passage sensor, reverse, jam, fire and tamper contacts.

The door process (`hardware.relay.door_process`) reads them and reports debounced edges with the time of each:

    create_door("modbus:...", inputs=parse_inputs("passage=1,jam=3:open"))
"""

from hardware.inputs.debouncer import InputDebouncer, InputEdge
from hardware.inputs.poller import InputPoller
from hardware.inputs.settings import (
    InputAssignment,
    InputRole,
    InputSettings,
    InputSettingsError,
    parse_inputs,
)
from hardware.inputs.snapshot import InputSnapshot, InputState

__all__ = [
    "InputAssignment",
    "InputDebouncer",
    "InputEdge",
    "InputPoller",
    "InputRole",
    "InputSettings",
    "InputSettingsError",
    "InputSnapshot",
    "InputState",
    "parse_inputs",
]

"""The station's commands: name -> function. Adding one is one module and one line here."""

from collections.abc import Callable
from typing import Any

from kiosk_app.commands.decode import decode

COMMANDS: dict[str, Callable[..., Any]] = {
    "decode": decode,
}

"""Let SIGTERM end the program as `sys.exit` does, so that `atexit` switches the doors off.

Python's own answer to SIGTERM is to die on the spot. A program that has its own handler (Qt's shell, a service) need only
leave its main loop; this is for those that have none.
"""

from __future__ import annotations

import signal
import sys
from types import FrameType
from typing import NoReturn


def exit_on_sigterm() -> None:
    """Install the handler; call it from the main thread (else ValueError). A handler already there is left alone."""
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _exit)


def _exit(number: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(128 + number)

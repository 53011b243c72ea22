"""The station's commands: name -> function, and groups of them. Adding one is one module and one line here."""

from collections.abc import Callable
from typing import Any

import typer

from kiosk_app.commands import journal
from kiosk_app.commands.backup import backup, restore
from kiosk_app.commands.decode import decode
from kiosk_app.commands.demo import demo
from kiosk_app.commands.enrol import enrol_station
from kiosk_app.commands.run import run
from kiosk_app.commands.self_test import self_test

COMMANDS: dict[str, Callable[..., Any]] = {
    "run": run,
    "enrol": enrol_station,
    "self-test": self_test,
    "backup": backup,
    "restore": restore,
    "decode": decode,
    "demo": demo,
}
GROUPS: dict[str, typer.Typer] = {"journal": journal.app}

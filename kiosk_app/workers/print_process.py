"""The process of one print, or of one request for the printer's state.

    python -m kiosk_app.workers.print_process   < {"address": ..., "job": ...}   > lines of `hardware.printer.print_runner`

A station starts it and kills it at the deadline; without its station it ends itself. Nothing that names a person is in its arguments
or in a file of ours. Qt is loaded only if there is something to draw, or to ask it for.
"""

import contextlib
import json
import os
import sys
import threading
from typing import Any

from hardware.printer import (
    DriverResult,
    PrinterAddress,
    PrinterAddressError,
    PrinterHealth,
    create_printer,
    list_printers,
)
from hardware.printer.print_runner import HEALTH_S, START_S, dump_health, dump_result, write_line

_MARGIN_S = 2.0
_NICENESS = 5
_ENDED = 70
_SYSTEM_PRINTER = "qt"


def main() -> None:
    """Execute the request on the standard input."""
    with contextlib.suppress(OSError, AttributeError):
        os.nice(_NICENESS)  # the gate's decoder goes first
    request = json.loads(sys.stdin.read())
    if "address" not in request:
        _end_after(HEALTH_S)
        choices = list_printers(request["other_ports"])
        write_line({"choices": [(choice.address, choice.name) for choice in choices]})
        return
    address = PrinterAddress.parse(request["address"])
    job = request.get("job")
    _end_after(HEALTH_S if job is None else START_S + address.timeout_s)
    if job is None:
        write_line({"health": dump_health(_ask(address))})
    else:
        write_line({"result": dump_result(_print(address, job))})


def _ask(address: PrinterAddress) -> PrinterHealth:
    if address.scheme != _SYSTEM_PRINTER:
        return create_printer(address).health()
    from kiosk_app.ui.printouts.render import start_qt  # noqa: PLC0415 -- other printers need no Qt
    from kiosk_app.ui.printouts.system_printer import ask_system_printer  # noqa: PLC0415

    application = start_qt()
    health = ask_system_printer(address)
    application.quit()
    return health


def _print(address: PrinterAddress, values: dict[str, Any]) -> DriverResult:
    # a request for the state needs no Qt
    from kiosk_app.core.printing.contents import load_job  # noqa: PLC0415
    from kiosk_app.ui.printouts.render import render, start_qt  # noqa: PLC0415
    from kiosk_app.ui.printouts.system_printer import print_on_system_printer  # noqa: PLC0415

    application, job = start_qt(), load_job(values)
    if address.scheme == _SYSTEM_PRINTER:
        result = print_on_system_printer(address, job, _note_sending)
    else:
        printer = create_printer(address)
        result = printer.print_document(render(job, printer.paper), _note_sending)
    application.quit()
    return result


def _note_sending() -> None:
    write_line({"phase": "sending"})


def _end_after(seconds: float) -> None:
    """End this process by itself if its station does not: it may have been killed."""
    timer = threading.Timer(seconds + _MARGIN_S, os._exit, (_ENDED,))
    timer.daemon = True
    timer.start()


if __name__ == "__main__":
    try:
        main()
    except PrinterAddressError as error:
        sys.exit(str(error))
    sys.stdout.flush()
    os._exit(0)  # nothing that a driver or Qt does at its end may delay the answer

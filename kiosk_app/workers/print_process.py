"""The process of one print, or of one request for the printer's state.

    python -m kiosk_app.workers.print_process   < {"address": ..., "job": ...}   > lines of `hardware.printer.print_runner`

A station starts it and kills it at the deadline; without its station it ends itself. Nothing that names a person is in its arguments
or in a file. Qt is loaded only if there is something to draw.
"""

import json
import os
import sys
import threading
from typing import Any

from hardware.printer import Printer, PrinterAddress, PrinterAddressError, create_printer
from hardware.printer.print_runner import HEALTH_S, START_S, dump_health, dump_result, write_line

_MARGIN_S = 2.0
_ENDED = 70


def main() -> None:
    """Execute the request on the standard input."""
    request = json.loads(sys.stdin.read())
    address = PrinterAddress.parse(request["address"])
    job = request.get("job")
    _end_after(HEALTH_S if job is None else START_S + address.timeout_s)
    if job is None:
        write_line({"health": dump_health(create_printer(address).health())})
        return
    _print(create_printer(address), job)


def _print(printer: Printer, values: dict[str, Any]) -> None:
    # a request for the state needs no Qt
    from kiosk_app.core.printing.contents import load_job  # noqa: PLC0415
    from kiosk_app.ui.printouts.render import render, start_qt  # noqa: PLC0415

    application = start_qt()
    document = render(load_job(values), printer.paper)
    result = printer.print_document(document, lambda: write_line({"phase": "sending"}))
    write_line({"result": dump_result(result)})
    application.quit()


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

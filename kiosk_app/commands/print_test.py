"""`doorward-station print-test`: print a test slip, and note what a person saw."""

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from hardware.printer import PrinterAddress, PrintOutcome, PrintResult
from hardware.printer.print_runner import PrintRunner
from hub_sync.contract.ids import new_id
from kiosk_app.bootstrap.station import open_station_store
from kiosk_app.commands.output import exit_on_known_errors
from kiosk_app.core.printing.contents import PrintJob, TestSlipContent, dump_job
from kiosk_app.core.printing.service import PRINT_COMMAND
from kiosk_app.core.setup.printer_choice import load_printer
from kiosk_app.settings import default_folder, load_settings


def print_test(
    data: Annotated[Path | None, typer.Option(help="The station's folder.")] = None,
    printer: Annotated[
        str | None, typer.Option(help="A printer to try instead of the configured one.")
    ] = None,
    language: Annotated[str | None, typer.Option(help="en, de or ar.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """Print a test slip: the edges of the paper, a code and a line in each script. Exits 1 if it was not printed."""
    folder = data or default_folder()
    with exit_on_known_errors(ValueError):
        settings = load_settings(folder, language=language, printer=printer)
        text, name = settings.printer, ""
        if printer is None and folder.exists():
            with open_station_store(folder, beside=True) as store:
                text = load_printer(store, settings.printer)
                enrolment = store.settings.enrolment()
                name = enrolment.name if enrolment else ""
        if not text:
            typer.echo(
                "This station has no printer: name one with --printer, or choose one in the set-up.", err=True
            )
            raise typer.Exit(1)
        address = PrinterAddress.parse(text)
    content = TestSlipContent(name, address.text, datetime.now().astimezone())
    job = PrintJob(new_id(), content, settings.language)
    result = PrintRunner(PRINT_COMMAND).print_job(job.id, address, dump_job(job))
    _report(result, address, as_json=as_json)
    raise typer.Exit(0 if result.outcome is PrintOutcome.PRINTED else 1)


def _report(result: PrintResult, address: PrinterAddress, *, as_json: bool) -> None:
    failure = None if result.failure is None else result.failure.value
    if as_json:
        values = {
            "printer": address.text,
            "outcome": result.outcome.value,
            "failure": failure,
            "state": result.state.value,
            "is_confirmed": result.is_confirmed,
            "message": result.message,
        }
        typer.echo(json.dumps(values, ensure_ascii=False))
        return
    match result.outcome:
        case PrintOutcome.PRINTED if result.is_confirmed:
            typer.echo(f"Printed on {address.text}. Look at the slip: both arrows must reach the edges.")
        case PrintOutcome.PRINTED:
            typer.echo(f"Sent to {address.text}, which does not say if it has printed. Look at the slip.")
        case _:
            word = "Not printed" if result.outcome is PrintOutcome.FAILED else "Perhaps printed"
            sys.stderr.write(f"{word} on {address.text} ({failure}). {result.message}\n")

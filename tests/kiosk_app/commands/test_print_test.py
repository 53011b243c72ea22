"""The command that prints a test slip, on an emulated printer and in its real process."""

import json
from pathlib import Path

from typer.testing import CliRunner

from hardware.printer import PrinterAddress
from hardware.printer.emulators import TcpPrinter
from kiosk_app.commands.cli import app
from kiosk_app.core.setup.printer_choice import save_printer
from tests.support.builders.station import build_station_store


def run(folder: Path, *arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["print-test", "--data", str(folder), *arguments])
    return result.exit_code, result.output


def test_a_test_slip_is_printed_on_the_printer_that_the_set_up_chose(tmp_path: Path) -> None:
    with TcpPrinter() as printer:
        with build_station_store(tmp_path) as store:
            save_printer(store, PrinterAddress.parse(f"{printer.address}?width=384"))
        code, output = run(tmp_path, "--json")
        assert code == 0, output
        assert json.loads(output)["outcome"] == "printed"
        assert 370 < printer.slips[0].picture().shape[1] <= 384


def test_a_printer_without_paper_and_a_wrong_address_are_sentences(tmp_path: Path) -> None:
    with TcpPrinter() as printer:
        printer.paper_out_at = 0
        code, output = run(tmp_path / "none", "--printer", printer.address)
    assert (code, "The printer has no paper." in output) == (1, True), output
    code, output = run(tmp_path / "none", "--printer", "lpt1")
    assert (code, "is not a printer's address" in output) == (1, True), output
    code, output = run(tmp_path / "none")
    assert (code, "no printer" in output) == (1, True), output

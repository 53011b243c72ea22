"""`doorward-station journal verify|export|evidence`: check the journal and its seals, write its rows."""

import json
import zipfile
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from hub_sync.client.store.journal.evidence import evidence_lines, station_evidence, verify_store
from hub_sync.contract.clock import SystemClock
from hub_sync.rules.evidence.archive import write_archive
from hub_sync.rules.evidence.verification import (
    EvidenceUnreadable,
    Verification,
    open_evidence,
    summary,
)
from hub_sync.rules.evidence.verification import verify as verify_evidence
from kiosk_app.bootstrap.station import open_station_store
from kiosk_app.commands.output import exit_on_known_errors, print_result
from kiosk_app.settings import default_folder

STORE_FILE = "store.db"
app = typer.Typer(
    help="The journal of this station's scans, and the seals that prove it.", no_args_is_help=True
)
Data = Annotated[Path | None, typer.Option(help="The station's folder.")]


@app.command()
def verify(
    file: Annotated[
        Path | None,
        typer.Argument(
            help="Evidence (a ZIP file, its folder, lines of JSON) or a station's folder; nothing: this station's."
        ),
    ] = None,
    anchors: Annotated[
        Path | None, typer.Option(help="Evidence of the same station from somebody else, such as the hub.")
    ] = None,
    data: Data = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Check rows, seals and anchors without a network. Exits 1 if anything was changed, added or taken out.

    Works beside a running station. Only an anchor from outside can show that nothing was cut off at the end.
    """
    with exit_on_known_errors(EvidenceUnreadable, zipfile.BadZipFile, OSError):
        outside = None if anchors is None else open_evidence(anchors)
        if file is not None and not (file / STORE_FILE).exists():
            result, waiting = verify_evidence(open_evidence(file), outside), {}
        else:
            with open_station_store(file or data or default_folder(), beside=True) as store:
                if store.recovery is not None:
                    typer.echo(store.recovery.sentence, err=True)
                result = verify_store(store, SystemClock().now(), outside)
                backlog = store.journal.backlog()
                waiting = {"waiting": backlog.rows, "set_aside": backlog.set_aside}
    _print(result, waiting, as_json)
    raise typer.Exit(0 if result.is_whole else 1)


def _print(result: Verification, waiting: dict[str, int], as_json: bool) -> None:
    values: dict[str, Any] = {"ok": result.is_whole, **vars(result), **waiting}
    values["problem"] = result.faults[0] if result.faults else None
    lines = summary(result)
    if waiting:
        lines.append(f"{waiting['waiting']} rows are still to be sent.")
    print_result(as_json, values, "\n".join(lines))


@app.command()
def export(data: Data = None) -> None:
    """Write all evidence as lines of JSON: header, keys, anchors, seals and rows. It holds no names of participants."""
    with exit_on_known_errors(), open_station_store(data or default_folder(), beside=True) as store:
        for line in evidence_lines(station_evidence(store, datetime.now(UTC))):
            typer.echo(json.dumps(line, ensure_ascii=False, sort_keys=True))


@app.command()
def evidence(
    file: Annotated[Path, typer.Argument(help="The ZIP file to write; it must not exist.")],
    data: Data = None,
) -> None:
    """Write evidence as a ZIP file with the script that verifies it, for somebody who does not trust this program."""
    with (
        exit_on_known_errors(OSError),
        open_station_store(data or default_folder(), beside=True) as store,
    ):
        _write_new(file, lambda: write_archive(station_evidence(store, datetime.now(UTC))))
    typer.echo(f"{file} is written. Verify it with: doorward-station journal verify {file}")


def _write_new(file: Path, pieces: Callable[[], Iterable[bytes]]) -> None:
    """Write a new file, completely or not at all."""
    with file.open("xb") as out:
        try:
            for piece in pieces():
                out.write(piece)
        except BaseException:
            file.unlink()
            raise

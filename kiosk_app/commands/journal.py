"""`doorward-station journal verify|export`: check the chain of the journal, write its rows."""

import json
from pathlib import Path
from typing import Annotated

import typer

from kiosk_app.bootstrap.station import open_station_store
from kiosk_app.commands.output import exit_on_known_errors, print_result
from kiosk_app.settings import default_folder

app = typer.Typer(help="The journal of this station's scans.", no_args_is_help=True)
Data = Annotated[Path | None, typer.Option(help="The station's folder.")]


@app.command()
def verify(data: Data = None, as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """Check that no row was changed, added or taken out. Exits 1 if one was."""
    with exit_on_known_errors(), open_station_store(data or default_folder(), beside=True) as store:
        if store.recovery is not None:
            typer.echo(store.recovery.sentence, err=True)
        broken = store.journal.verify()
        (_, rows), waiting = store.journal.end(), store.journal.backlog()
    print_result(
        as_json,
        {
            "ok": broken is None,
            "rows": rows,
            "waiting": waiting.rows,
            "set_aside": waiting.set_aside,
            "problem": broken,
        },
        broken or f"The journal is whole: {rows} rows, {waiting.rows} still to be sent.",
    )
    raise typer.Exit(0 if broken is None else 1)


@app.command()
def export(data: Data = None) -> None:
    """Write every row as a line of JSON: journal, sequence, hash and the scan or passage. It holds no names."""
    with exit_on_known_errors(), open_station_store(data or default_folder(), beside=True) as store:
        for row in store.journal.all_rows():
            line = {"journal_id": row.journal_id, "sequence": row.sequence, "hash": row.hash}
            record = {row.record.kind: row.record.model_dump(mode="json")}
            typer.echo(json.dumps(line | record, ensure_ascii=False))

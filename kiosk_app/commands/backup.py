"""`doorward-station backup` and `restore`: the sealed store, as one file that only this station's key opens."""

import errno
import os
from pathlib import Path
from typing import Annotated

import typer

from hub_sync.client.store import choose_keystore, restore_store
from hub_sync.contract.clock import SystemClock
from hub_sync.contract.ids import new_id
from kiosk_app.bootstrap.station import open_station_store
from kiosk_app.commands.output import exit_on_known_errors
from kiosk_app.settings import default_folder

Data = Annotated[Path | None, typer.Option(help="The station's folder.")]


def backup(
    file: Annotated[Path, typer.Argument(help="Where to write the backup; it must not be there yet.")],
    data: Data = None,
) -> None:
    """Write a sealed copy of the store, also while the station runs. Without the store's key it opens nowhere."""
    if file.exists():
        typer.echo(f"{file} is there already.", err=True)
        raise typer.Exit(1)
    with exit_on_known_errors(OSError):
        if not file.parent.is_dir():  # else SQLite's words blame the station's own disk
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(file))
        with open_station_store(data or default_folder(), beside=True) as store:
            store.backups.save(file)
    typer.echo(f"Written to {file}.")


def restore(
    file: Annotated[Path, typer.Argument(help="A backup of this station.")],
    data: Data = None,
) -> None:
    """Use a backup instead of the store, which is put aside. The journal then goes on as a new one."""
    folder = data or default_folder()
    with exit_on_known_errors(OSError):
        recovery = restore_store(folder, choose_keystore(folder), SystemClock(), new_id, file)
    typer.echo(recovery.sentence)

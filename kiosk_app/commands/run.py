"""`doorward-station run`: serve as a gate, or in another mode that `SCREENS` offers."""

import contextlib
import os
import sys
from functools import partial
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from hub_sync.client.process_memory import limit_heap
from hub_sync.client.store import StoreCause, StoreError
from kiosk_app.bootstrap.station import build_devices, build_station
from kiosk_app.bootstrap.store_wait import StoreWait, open_when_free, try_store
from kiosk_app.commands.output import exit_on_known_errors
from kiosk_app.core.setup.board_choice import load_board
from kiosk_app.core.setup.printer_choice import load_printer
from kiosk_app.core.setup.scanner_setup import load_scanner
from kiosk_app.messages import Notice
from kiosk_app.screens import SCREENS
from kiosk_app.settings import StationSettings, default_folder, load_settings
from kiosk_app.shell.display import has_display


def _check_mode(mode: str) -> str:
    if mode not in SCREENS:
        raise typer.BadParameter(f"{mode!r} is not one of: {', '.join(SCREENS)}.")
    return mode


def restart() -> NoReturn:
    """Replace this program by a new start of it: one that waited for its store begins like any other."""
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 -- this program itself


def _wait_for_store(folder: Path, settings: StationSettings, mode: str, error: StoreError) -> bool:
    """Show why the store can't be opened until it can be (True), or somebody closes the window or opens the store (False)."""
    from kiosk_app.bootstrap.application import build_application  # noqa: PLC0415 -- Qt needs a display

    application = build_application(settings, mode=mode)
    wait = StoreWait(error, partial(try_store, folder), application.publish, application.finish_soon)
    wait.start()
    application.run(lambda _: application.publish(Notice.NOT_READY))  # nobody is let in without a store
    wait.stop()
    return wait.is_over


def run(  # noqa: PLR0917 -- the command's options
    mode: Annotated[
        str, typer.Option(metavar="|".join(SCREENS), callback=_check_mode, help="The screen to show.")
    ] = "gate",
    data: Annotated[Path | None, typer.Option(help="The station's folder.")] = None,
    camera: Annotated[str | None, typer.Option(help="usb:0, file:clip.mp4 or images:folder.")] = None,
    relay: Annotated[str | None, typer.Option(help="Such as lcus:usb=1a86:7523,path=1-1.2.")] = None,
    scanner: Annotated[
        str | None, typer.Option(help="keys:, evdev:///dev/input/by-id/… or serial:///dev/serial/by-id/….")
    ] = None,
    printer: Annotated[
        str | None, typer.Option(help="Such as escpos+tcp://192.0.2.7 or pdf:///folder.")
    ] = None,
    theme: Annotated[str | None, typer.Option(help="light, dark or high-contrast.")] = None,
    language: Annotated[str | None, typer.Option(help="en, de or ar.")] = None,
    window: Annotated[
        bool | None, typer.Option("--window/--fullscreen", help="A window, or the whole screen.")
    ] = None,
) -> None:
    """Serve until the window is closed. Works without the hub; sends and receives when it is there."""
    if not has_display():
        typer.echo("There is no display: a station needs one (DISPLAY or WAYLAND_DISPLAY).", err=True)
        raise typer.Exit(1)
    limit_heap()
    folder = data or default_folder()
    window_mode = None if window is None else ("window" if window else "fullscreen")
    with exit_on_known_errors(ValueError):
        settings = load_settings(
            folder, camera=camera, relay=relay, theme=theme, language=language, window=window_mode
        )
        try:
            opened = open_when_free(folder)
        except StoreError as error:
            typer.echo(str(error), err=True)
            if error.cause is StoreCause.PROGRAM_RUNNING or not _wait_for_store(
                folder, settings, mode, error
            ):
                raise typer.Exit(1) from None
            restart()
        with opened as store:
            if store.recovery is not None:
                typer.echo(store.recovery.sentence, err=True)
            if store.settings.enrolment() is None:
                typer.echo("This station is not enrolled yet: doorward-station enrol --help", err=True)
            of_settings = settings.relay
            settings = settings.model_copy(
                update={
                    "relay": load_board(store, settings.relay, relay=relay),
                    "printer": load_printer(store, settings.printer, printer=printer),
                }
            )
            devices = build_devices(settings, scanner=load_scanner(store, settings.scanner, scanner=scanner))
            from kiosk_app.bootstrap.application import build_application  # noqa: PLC0415 -- Qt needs a display

            application = build_application(settings, store, mode=mode, theme=theme, language=language)
            station = build_station(store, devices, settings, application.publish, settings_relay=of_settings)
            try:
                station.start()
                with contextlib.suppress(
                    StoreError
                ):  # on a full disk; the next start reports the recovery again
                    store.dismiss_recovery()
                code = application.run(station.submit)
            finally:
                station.stop()
    raise typer.Exit(code)

"""`doorward-station run`: serve as a gate, or in another mode that `SCREENS` offers."""

import contextlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from hub_sync.client.fleet.wipe import finish_wipe
from hub_sync.client.process_memory import limit_heap
from hub_sync.client.store import Store, StoreCause, StoreError
from kiosk_app.bootstrap.log_config import configure_logging
from kiosk_app.bootstrap.log_file import LogFile
from kiosk_app.bootstrap.program_control import ProgramControl, start_again
from kiosk_app.bootstrap.queue_screens import QUEUE_MODES
from kiosk_app.bootstrap.station import build_devices, build_station
from kiosk_app.bootstrap.store_wait import StoreWait, open_when_free, try_store
from kiosk_app.commands.output import exit_on_known_errors
from kiosk_app.core.setup.configuration import start_settings
from kiosk_app.core.setup.mode_choice import SERVICE_MODES, load_mode
from kiosk_app.messages import Notice
from kiosk_app.screens import SCREENS
from kiosk_app.settings import StationSettings, default_folder, load_settings
from kiosk_app.shell.display import has_display

FIRST_START = "first-start"
"""The screen of a station that is not enrolled yet, or that was wiped, whatever mode it serves in later."""


def _check_mode(mode: str | None) -> str | None:
    if mode is not None and mode not in SCREENS:
        raise typer.BadParameter(f"{mode!r} is not one of: {', '.join(SCREENS)}.")
    return mode


def _wait_for_store(folder: Path, settings: StationSettings, mode: str, error: StoreError) -> bool:
    """Show why the store can't be opened until it can be (True), or somebody closes the window or opens the store (False)."""
    from kiosk_app.bootstrap.application import build_application  # noqa: PLC0415 -- Qt needs a display

    application = build_application(settings, mode=mode)
    wait = StoreWait(error, partial(try_store, folder), application.publish, application.finish_soon)
    wait.start()
    application.run(lambda _: application.publish(Notice.NOT_READY))  # nobody is let in without a store
    wait.stop()
    return wait.is_over


def _of_mode(settings: StationSettings, mode: str) -> StationSettings:
    """Return the settings of the devices that a mode uses: a desk and a board open neither a camera nor a turnstile."""
    if mode not in QUEUE_MODES:
        return settings
    return settings.model_copy(update={"camera": "", "relay": "", "inputs": "", "input_board": ""})


def run(  # noqa: PLR0917 -- the command's options
    mode: Annotated[
        str | None,
        typer.Option(
            metavar="|".join(SCREENS),
            callback=_check_mode,
            help="The screen to show; without it the one that was chosen at the station or at the hub, or that of its profile.",
        ),
    ] = None,
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
        finish_wipe(folder)
        with contextlib.closing(LogFile(folder, sys.stderr)) as log_file:
            configure_logging(log_file)
            control = ProgramControl(mode or "", read_log=log_file.read)
            settings = load_settings(
                folder, camera=camera, relay=relay, theme=theme, language=language, window=window_mode
            )
            devices = {"camera": camera, "relay": relay, "scanner": scanner, "printer": printer}
            line = _Overrides(mode, devices, theme, language)
            try:
                opened = open_when_free(folder)
            except StoreError as error:
                typer.echo(str(error), err=True)
                if error.cause is StoreCause.PROGRAM_RUNNING or not _wait_for_store(
                    folder, settings, mode or "gate", error
                ):
                    raise typer.Exit(1) from None
                control.restarts, code = True, 0
            else:
                with opened as store:
                    code = _serve(store, settings, line, control)
        if control.restarts:
            configure_logging()
            finish_wipe(folder)
            start_again()
    raise typer.Exit(code)


@dataclass(frozen=True, slots=True)
class _Overrides:
    """Options of the command line, beside the settings; None: not given."""

    mode: str | None
    devices: Mapping[str, str | None]
    theme: str | None
    language: str | None


def _serve(store: Store, settings: StationSettings, line: _Overrides, control: ProgramControl) -> int:
    """Serve over an open store until the window is closed; return the exit code."""
    if store.recovery is not None:
        typer.echo(store.recovery.sentence, err=True)
    is_enrolled = store.settings.enrolment() is not None
    if not is_enrolled:
        typer.echo("This station is not enrolled yet: its screen asks for a code.", err=True)
    start = start_settings(store, settings, **line.devices)
    control.mode = load_mode(store, SCREENS, mode=line.mode, setting=settings.mode)
    if not is_enrolled and line.mode in (None, "setup", *SERVICE_MODES):
        control.mode = FIRST_START
    devices = build_devices(_of_mode(start.settings, control.mode), scanner=start.scanner)
    from kiosk_app.bootstrap.application import build_application  # noqa: PLC0415 -- Qt needs a display

    application = build_application(
        start.settings,
        store,
        mode=control.mode,
        theme=line.theme,
        language=line.language,
        mode_of_line=line.mode if line.mode in SERVICE_MODES else "",
    )
    control.finish = application.finish_soon
    station = build_station(
        store,
        devices,
        start.settings,
        application.publish,
        mode=control.mode,
        settings_relay=settings.relay,
        control=control,
        start=start,
    )
    try:
        station.start()
        with contextlib.suppress(StoreError):  # on a full disk; the next start reports the recovery again
            store.dismiss_recovery()
        code = application.run(station.submit)
        control.restarts = control.restarts or application.restarts
        return code
    finally:
        station.stop()

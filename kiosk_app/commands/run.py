"""`doorward-station run`: serve as a gate."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from kiosk_app.bootstrap.station import build_devices, build_station, open_station_store
from kiosk_app.commands.output import plain_faults
from kiosk_app.settings import default_folder, load_settings
from kiosk_app.shell.display import has_display


class Mode(StrEnum):
    """What a station serves as."""

    GATE = "gate"


def run(
    mode: Annotated[Mode, typer.Option(help="What to serve as.")] = Mode.GATE,  # noqa: ARG001 -- one so far
    data: Annotated[Path | None, typer.Option(help="The station's folder.")] = None,
    camera: Annotated[str | None, typer.Option(help="usb:0, file:clip.mp4 or images:folder.")] = None,
    relay: Annotated[str | None, typer.Option(help="Such as lcus:usb=1a86:7523,path=1-1.2.")] = None,
    theme: Annotated[str | None, typer.Option(help="light, dark or high-contrast.")] = None,
    language: Annotated[str | None, typer.Option(help="en, de or ar.")] = None,
    window: Annotated[
        bool | None, typer.Option("--window/--fullscreen", help="A window, or the whole screen.")
    ] = None,
) -> None:
    """Serve as a gate until the window is closed. Works without the hub; sends and receives when it is there."""
    if not has_display():
        typer.echo("There is no display: a gate needs one (DISPLAY or WAYLAND_DISPLAY).", err=True)
        raise typer.Exit(1)
    folder = data or default_folder()
    shape = None if window is None else ("window" if window else "fullscreen")
    with plain_faults(ValueError):
        settings = load_settings(
            folder, camera=camera, relay=relay, theme=theme, language=language, window=shape
        )
        with open_station_store(folder) as store:
            if store.recovery is not None:
                typer.echo(store.recovery.sentence, err=True)
            if store.settings.enrolment() is None:
                typer.echo("This station is not enrolled yet: doorward-station enrol --help", err=True)
            devices = build_devices(settings)
            from kiosk_app.shell.application import GateApp  # noqa: PLC0415 -- Qt only where there is a display

            app = GateApp(settings, store)
            station = build_station(store, devices, settings, app.listeners)
            station.start()
            try:
                code = app.run(station)
            finally:
                station.stop()
    raise typer.Exit(code)

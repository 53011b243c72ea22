"""`doorward-station self-test`: check each part of this station."""

import json
from pathlib import Path
from typing import Annotated

import typer

from hub_sync.contract.ready_check import ReadyState
from kiosk_app.commands.output import exit_on_known_errors
from kiosk_app.core.setup.mode_choice import SERVICE_MODES
from kiosk_app.core.setup.readiness import CheckResult, load_service_mode, run_checks, with_kept_board
from kiosk_app.settings import default_folder, load_settings


def _check_mode(mode: str | None) -> str | None:
    if mode is not None and mode not in SERVICE_MODES:
        raise typer.BadParameter(f"{mode!r} is not one of: {', '.join(SERVICE_MODES)}.")
    return mode


def self_test(
    data: Annotated[Path | None, typer.Option(help="The station's folder.")] = None,
    camera: Annotated[str | None, typer.Option(help="A camera to try instead of the configured one.")] = None,
    relay: Annotated[str | None, typer.Option(help="A relay board to look for instead.")] = None,
    mode: Annotated[
        str | None,
        typer.Option(
            metavar="|".join(SERVICE_MODES),
            callback=_check_mode,
            help="The mode to check for; without it the one in which the station serves people.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """Try every part that the station's mode uses (no pulse), and say what to do. Exits 1 if a part is not ready."""
    folder = data or default_folder()
    with exit_on_known_errors():
        settings = load_settings(folder, camera=camera, relay=relay)
        if relay is None:
            settings = with_kept_board(folder, settings)
        results = list(run_checks(folder, settings, mode or load_service_mode(folder, settings.mode)))
    if as_json:
        typer.echo(
            json.dumps(
                [
                    {
                        "part": result.part,
                        "ok": result.ok,
                        "state": result.state.value,
                        "detail": result.detail,
                    }
                    for result in results
                ],
                ensure_ascii=False,
            )
        )
    else:
        for result in results:
            typer.echo(_line(result))
        typer.echo(_summary(results))
    raise typer.Exit(0 if all(result.ok for result in results) else 1)


def _line(result: CheckResult) -> str:
    return f"{_MARKS[result.state]}  {result.part}: {result.detail}"


def _summary(results: list[CheckResult]) -> str:
    count = sum(not result.ok for result in results)
    if not count:
        return "Ready to open."
    return f"{count} {'thing' if count == 1 else 'things'} to do."


_MARKS = {
    ReadyState.READY: "ok  ",
    ReadyState.WARN: "look",
    ReadyState.NOT_READY: "FAIL",
    ReadyState.NOT_APPLICABLE: "none",
}

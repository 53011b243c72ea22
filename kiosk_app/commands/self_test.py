"""`doorward-station self-test`: check each part of this station."""

import json
from pathlib import Path
from typing import Annotated

import typer

from kiosk_app.commands.output import exit_on_known_errors
from kiosk_app.core.readiness import CheckResult, run_checks
from kiosk_app.settings import default_folder, load_settings


def self_test(
    data: Annotated[Path | None, typer.Option(help="The station's folder.")] = None,
    camera: Annotated[str | None, typer.Option(help="A camera to try instead of the configured one.")] = None,
    relay: Annotated[str | None, typer.Option(help="A relay board to look for instead.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """Try store, decode engines, camera, relay (without a pulse), sound and the hub. Exits 1 if a part fails."""
    folder = data or default_folder()
    with exit_on_known_errors():
        settings = load_settings(folder, camera=camera, relay=relay)
        results = list(run_checks(folder, settings))
    if as_json:
        typer.echo(
            json.dumps(
                [{"part": result.part, "ok": result.ok, "detail": result.detail} for result in results],
                ensure_ascii=False,
            )
        )
    else:
        for result in results:
            typer.echo(_line(result))
    raise typer.Exit(0 if all(result.ok for result in results) else 1)


def _line(result: CheckResult) -> str:
    return f"{'ok  ' if result.ok else 'FAIL'}  {result.part}: {result.detail}"

"""`doorward-station demo`: the whole of Doorward on one machine, with virtual hardware."""

import json
import signal
import sys
from typing import Annotated

import typer

from kiosk_app.bootstrap.station import Listeners
from kiosk_app.commands.output import plain_faults
from kiosk_app.demo.hub_process import HubNotAvailable
from kiosk_app.demo.runner import run_demo
from kiosk_app.demo.scenario import Plan
from kiosk_app.settings import load_settings
from kiosk_app.shell.display import has_display

HEADLESS_SECONDS = 30.0
A_DAY = 86_400.0


def demo(
    headless: Annotated[bool, typer.Option("--headless", help="Open no window.")] = False,
    seconds: Annotated[
        float | None, typer.Option(min=12, help="How long; a window stays until it is closed if not given.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Decides who comes, and how they hold their tickets.")] = 1,
    theme: Annotated[str, typer.Option(help="light, dark or high-contrast.")] = "dark",
    language: Annotated[str, typer.Option(help="en, de or ar.")] = "en",
    as_json: Annotated[
        bool, typer.Option("--json", help="The last line is one JSON object of what happened.")
    ] = False,
) -> None:
    """A hub, an event with 2,000 participants and a gate: real decoding, a real serial line, an outage midway."""
    if not headless and not has_display():
        typer.echo("There is no display here: the demo runs headless.", err=True)
        headless = True
    plan = Plan(seconds or (HEADLESS_SECONDS if headless else A_DAY))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # unwind, so that no hub is left behind
    with plain_faults(HubNotAvailable):
        settings = load_settings(None, camera="", theme=theme, language=language)
        if headless:
            report = run_demo(plan, seed, settings, Listeners())
        else:
            from kiosk_app.shell.application import demo_in_window  # noqa: PLC0415 -- no Qt where there is no display

            report = demo_in_window(plan, seed, settings)
    if as_json:
        typer.echo(json.dumps(report))
    else:
        for name, value in report.items():
            typer.echo(f"{name:>24}  {value}")

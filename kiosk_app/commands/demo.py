"""`doorward-station demo`: the whole of Doorward on one machine, with virtual hardware.

The demo is a distribution of its own, `doorward-demo` (the extra `doorward[demo]`), so it is imported when it is called.
"""

import json
import signal
import sys
from importlib.util import find_spec
from typing import Annotated

import typer

from kiosk_app.commands.output import exit_on_known_errors
from kiosk_app.messages import ignore
from kiosk_app.settings import load_settings
from kiosk_app.shell.display import has_display

HEADLESS_SECONDS = 30.0
SECONDS_PER_DAY = 86_400.0


def demo(
    headless: Annotated[bool, typer.Option("--headless", help="Open no window.")] = False,
    seconds: Annotated[
        float | None,
        typer.Option(min=12, help="The duration; without it a window stays until it is closed."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Determines the visitors and how they hold their tickets.")] = 1,
    theme: Annotated[str, typer.Option(help="light, dark or high-contrast.")] = "dark",
    language: Annotated[str, typer.Option(help="en, de or ar.")] = "en",
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the results as one JSON object in the last line.")
    ] = False,
) -> None:
    """Run a hub, an event with 2,000 participants and a gate: real decoding, a real serial line, an outage midway."""
    if find_spec("kiosk_app.demo") is None:
        typer.echo("The demo is not installed: pip install 'doorward[demo]'", err=True)
        raise typer.Exit(1)
    from kiosk_app.demo.hub_process import HubNotAvailable  # noqa: PLC0415 -- see above
    from kiosk_app.demo.runner import run_demo  # noqa: PLC0415
    from kiosk_app.demo.scenario import ScenarioPlan  # noqa: PLC0415

    if not headless and not has_display():
        typer.echo("There is no display here: the demo runs headless.", err=True)
        headless = True
    plan = ScenarioPlan(seconds or (HEADLESS_SECONDS if headless else SECONDS_PER_DAY))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # unwind, so that no hub is left behind
    with exit_on_known_errors(HubNotAvailable):
        settings = load_settings(None, camera="", theme=theme, language=language)
        if headless:
            report = run_demo(plan, seed, settings, ignore)
        else:
            from kiosk_app.demo.window import run_demo_in_window  # noqa: PLC0415 -- Qt needs a display

            report = run_demo_in_window(plan, seed, settings)
    if as_json:
        typer.echo(json.dumps(report))
    else:
        for name, value in report.items():
            typer.echo(f"{name:>24}  {value}")

"""The demo in a window. Imports Qt."""

import threading
from collections.abc import Callable
from typing import Any

from kiosk_app.bootstrap.application import build_application
from kiosk_app.bootstrap.station import StationRuntime
from kiosk_app.demo.runner import run_demo
from kiosk_app.demo.scenario import Scenario, ScenarioPlan
from kiosk_app.settings import StationSettings


def run_demo_in_window(plan: ScenarioPlan, seed: int, settings: StationSettings) -> dict[str, Any]:
    """Run the demo in a window and return its report. Closing the window ends the scenario, and the other way round.

    Raises:
        HubNotAvailable, HubError, StoreError: with a sentence.
    """
    application = build_application(settings.model_copy(update={"window": "window"}))

    def show(station: StationRuntime, scenario: Scenario, run_scenario: Callable[[], None]) -> None:
        errors: list[Exception] = []

        def run_and_close() -> None:
            try:
                run_scenario()
            except Exception as error:  # noqa: BLE001 -- raised again below, where the command prints it
                errors.append(error)
            finally:
                application.finish_soon()

        thread = threading.Thread(target=run_and_close, name="demo-scenario", daemon=True)
        thread.start()
        application.run(station.submit)
        scenario.stop.set()
        thread.join()
        if errors:
            raise errors[0]

    return run_demo(plan, seed, settings, application.publish, show)

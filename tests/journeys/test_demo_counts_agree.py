"""The demo as anybody runs it: its own count of what happened agrees with itself and with the issue that asked for it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kiosk_app.demo import environment
from kiosk_app.demo.runner import run_demo
from kiosk_app.demo.scenario import ScenarioPlan
from kiosk_app.messages import ignore
from kiosk_app.settings import load_settings
from tests.support.speedups.forked_hub_process import ForkedHubProcess

STATION = Path(sys.executable).with_name("doorward-station")
ASKED = {
    "scans",
    "relay_pulses",
    "journal_rows",
    "hub_rows",
    "hub_rows_match",
    "outage_seconds",
    "scans_during_outage",
    "unacknowledged_at_end",
    "frame_to_relay_ms",
    "decode_ms",
}


def demo(*arguments: str) -> dict[str, Any]:
    """Run it; its last line."""
    without_display = {
        name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")
    }
    done = subprocess.run(
        [str(STATION), "demo", "--headless", "--json", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=without_display,
    )
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return report


def assert_counts_agree(report: dict[str, Any]) -> None:
    """Compare what gate, board, journal and hub have counted."""
    assert report.keys() >= ASKED
    scans = report["scans"]
    assert report["relay_pulses"] == scans["VALID"] + scans.get("MANUAL_OVERRIDE", 0)
    assert report["journal_rows"] == report["hub_rows"] == sum(scans.values())
    assert report["hub_rows_match"] is True
    assert report["journal_whole"] is True
    assert (report["unacknowledged_at_end"], report["set_aside"]) == (0, 0)
    assert report["surprises"] == []
    assert report["outage_seconds"] > 1
    assert report["scans_during_outage"] > 0
    assert report["frame_to_relay_ms"].keys() == {"p50", "p95", "p99"}
    assert report["decode_ms"].keys() == {"p50", "p95"}


@pytest.mark.thorough
@pytest.mark.slow
def test_demo_counts_agree() -> None:
    report = demo("--seconds", "20", "--seed", "3")
    assert_counts_agree(report)
    assert set(report["scans"]) >= {
        "VALID",
        "ALREADY_SCANNED",
        "REVOKED",
        "INVALID",
        "EXPIRED",
        "MANUAL_OVERRIDE",
    }


def test_a_short_demo_agrees_with_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same without the starts of three programs, which take two thirds of its CPU."""
    monkeypatch.setattr(environment, "HubProcess", ForkedHubProcess)
    settings = load_settings(None, camera="", theme="dark", language="en")
    report = run_demo(ScenarioPlan(7), 3, settings, ignore)
    assert_counts_agree(report)
    assert report["scans"]["VALID"] > 0

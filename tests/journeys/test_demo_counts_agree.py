"""The demo as anybody runs it: its own count of what happened agrees with itself and with the issue that asked for it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.thorough import sized

SECONDS = str(sized(14, thorough=20))
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
    environment = {
        name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")
    }
    done = subprocess.run(
        [str(STATION), "demo", "--headless", "--json", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return report


@pytest.mark.slow
def test_demo_counts_agree() -> None:
    report = demo("--seconds", SECONDS, "--seed", "3")
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
    assert set(scans) >= {"VALID", "ALREADY_SCANNED", "REVOKED", "INVALID", "EXPIRED", "MANUAL_OVERRIDE"}
    assert report["frame_to_relay_ms"].keys() == {"p50", "p95", "p99"}
    assert report["decode_ms"].keys() == {"p50", "p95"}

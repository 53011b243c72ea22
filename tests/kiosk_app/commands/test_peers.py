"""`doorward-station peers`."""

import json
from pathlib import Path

from typer.testing import CliRunner

from hub_sync.client.lan.engine import STATUS_SETTING, dump_status
from hub_sync.client.lan.status import LanStatus, PeerSource, PeerState
from hub_sync.contract.clock import epoch_ms
from hub_sync.contract.lan import PeerRow
from kiosk_app.commands.cli import app
from tests.support.builders.station import NOON, build_station_store

SIDE = PeerRow(id="d-2", name="Side gate", public_key="k", addresses=("192.0.2.7",), port=47_471)
BACK = PeerRow(id="d-3", name="Back gate", public_key="k")


def peers(folder: Path, *options: str) -> str:
    answer = CliRunner().invoke(app, ["peers", "--data", str(folder), *options])
    assert answer.exit_code == 0, answer.output
    return answer.output


def test_a_station_without_others_says_so(tmp_path: Path) -> None:
    build_station_store(tmp_path).close()
    assert "lists no other station" in peers(tmp_path)
    (tmp_path / "station.toml").write_text("lan = false\n")
    assert "switched off" in peers(tmp_path)


def test_each_station_is_listed_and_those_that_are_heard_say_where_and_how(tmp_path: Path) -> None:
    with build_station_store(tmp_path) as store:
        store.peers.replace((SIDE, BACK))
        heard = PeerState("d-2", "Side gate", "192.0.2.7", PeerSource.LIST, epoch_ms(NOON))
        status = LanStatus("192.0.2.5", 47_471, (heard, PeerState("d-3", "Back gate")))
        store.settings.put(STATUS_SETTING, dump_status(status, epoch_ms(NOON)))
        lines = peers(tmp_path).splitlines()  # beside the running station
        listed = json.loads(peers(tmp_path, "--json"))["peers"]
    assert lines == [
        "This station listens at 192.0.2.5, UDP port 47471.",
        "State of 2026-06-11 09:00:00 UTC, when it last changed.",
        "heard      Side gate at 192.0.2.7, found by the hub's list, since 2026-06-11 09:00:00 UTC",
        "not heard  Back gate (no address known)",
    ]
    assert [peer["source"] for peer in listed] == ["list", None]

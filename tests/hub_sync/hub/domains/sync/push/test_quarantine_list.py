"""`doorward-hub access-log quarantined`: rows that are no scans are listed, with the reason and as they came."""

import json

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner, Result

from hub_sync.hub.commands.cli import app as commands
from hub_sync.hub.domains.devices.service import DeviceNotFound
from hub_sync.hub.domains.sync.push.quarantine_list import list_quarantined
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.settings import HubSettings
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.station_client import Journal, StationClient, another_station


@pytest.fixture
def other_id(
    hub: HubContext, client: TestClient, station: StationClient, journal: Journal, seeded: Seeded
) -> str:
    """Push rows of two stations of which some are quarantined; return the id of the second station."""
    other_station, other = another_station(hub, client, seeded)
    journal.scan()
    journal.scan(device_id=other.device_id)
    journal.write("no \x1b[31mJSON")
    station.push(journal.request())
    other.scan(checkpoint_id="nowhere")
    other_station.push(other.request())
    return other.device_id


def call(settings: HubSettings, *words: str) -> Result:
    where = ("--data", str(settings.data), "--database-url", str(settings.database_url))
    return CliRunner().invoke(commands, ["access-log", "quarantined", *words, *where])


def test_rows_are_listed_by_station_and_sequence_with_the_reason(
    hub: HubContext, journal: Journal, seeded: Seeded, other_id: str
) -> None:
    with hub.uow.begin() as work:
        every = list_quarantined(work, seeded.tenant_id)
        mine = list_quarantined(work, seeded.tenant_id, journal.device_id)
        assert list_quarantined(work, "another tenant") == ()
        with pytest.raises(DeviceNotFound):
            list_quarantined(work, seeded.tenant_id, "no such device")
    assert [(row.sequence, row.code) for row in mine] == [(2, "ForeignDevice"), (3, "MalformedRecord")]
    assert [row.body for row in mine] == [item.body for item in journal.items[1:]]
    assert {row.journal_id for row in mine} == {journal.id}
    assert [row.code for row in every if row.device_id == other_id] == ["UnknownCheckpoint"]
    assert len(every) == 3


def test_the_command_lists_them_for_a_program(settings: HubSettings, journal: Journal, other_id: str) -> None:
    result = call(settings, "--json")
    assert result.exit_code == 0, result.output
    output = json.loads(result.stdout)
    assert output["count"] == len(output["rows"]) == 3
    (row,) = json.loads(call(settings, "--device", other_id, "--json").stdout)["rows"]
    assert (row["device_id"], row["sequence"], row["code"]) == (other_id, 1, "UnknownCheckpoint")
    assert json.loads(row["body"])["checkpoint_id"] == "nowhere"
    assert row["message"]


def test_the_command_lists_them_for_a_person_and_keeps_the_terminal_safe(
    settings: HubSettings, journal: Journal, other_id: str
) -> None:
    output = call(settings, "--device", journal.device_id).stdout
    assert len(output.splitlines()) == 2
    assert "2  ForeignDevice: the scan was made by another station" in output
    assert "\x1b" not in output
    assert "no \ufffd[31mJSON" in output


def test_nothing_kept_aside_and_no_such_station_are_told_in_a_sentence(
    settings: HubSettings, seeded: Seeded
) -> None:
    assert call(settings).stdout == "No row is quarantined.\n"
    assert json.loads(call(settings, "--json").stdout) == {"count": 0, "rows": []}
    unknown = call(settings, "--device", "nobody")
    assert (unknown.exit_code, unknown.stderr) == (1, "doorward-hub: There is no such device.\n")

"""Protocol versions: the highest common one, or why there is none in words for the station's screen."""

import pytest

from hub_sync.hub.domains.devices.protocols import PROTOCOLS, common_protocol
from tests.hub_sync.hub.domains.devices.fleet import REPORT, send_report
from tests.hub_sync.hub.station_client import StationClient, station

__all__ = ["station"]


@pytest.mark.parametrize(
    ("spoken", "common"), [((), 1), ((1,), 1), ((1, 2, 9), max(PROTOCOLS)), ((9,), 0), ((0,), 0)]
)
def test_the_highest_common_protocol_is_chosen(spoken: tuple[int, ...], common: int) -> None:
    assert common_protocol(spoken) == common


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_no_common_protocol_is_said_in_the_stations_language_and_stops_no_pull(
    station: StationClient,
) -> None:
    assert send_report(station)["protocol_sentence"] == ""
    for spoken, language, words in (([9], "en", "update the hub"), ([0], "de", "Station aktualisieren")):
        answer = station.client.post(
            "/api/v1/sync/report",
            json=REPORT | {"fleet": {"protocols": spoken}},
            headers=station.headers | {"Accept-Language": language},
        ).json()
        assert answer["protocol"] == 0
        assert words in answer["protocol_sentence"]
    assert station.pull()["keys"]

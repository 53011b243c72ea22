"""Passages over REST: filtered, walked, and without the words of operators for those who may not read names."""

import orjson
import pytest

from hub_sync.contract.enums import PassageCause
from tests.hub_sync.hub.domains.check_in.conftest import CallerFactory, EventApiClient, error_code
from tests.hub_sync.hub.domains.sync.push.test_passages import admit, passage
from tests.hub_sync.hub.station_client import Journal, StationClient
from tests.support.passage_vectors import passage_members

FILTERED: list[tuple[dict[str, str], tuple[str, ...]]] = [
    ({}, ("operator", "double_turn", "sensor_lost", "turn")),
    ({"filter[outcome]": "PASSED"}, ("turn",)),
    ({"filter[outcome]": "NO_PASSAGE,UNKNOWN"}, ("operator", "sensor_lost")),
    ({"filter[cause]": "double_turn"}, ("double_turn",)),
    ({"filter[checkpoint_id]": "nowhere"}, ()),
    ({"sort": "observed_at"}, ("turn", "sensor_lost", "double_turn", "operator")),
]


@pytest.fixture
def scans(station: StationClient, journal: Journal) -> list[str]:
    """Let four people in: one passes, one is lost to the sensor, one is taken back, of one nothing is known yet."""
    admitted = [admit(journal, participant_id=f"p-{n}") for n in range(4)]
    passage(journal, admitted[0], "turn", "PASSED", 1)
    passage(journal, admitted[1], "sensor_lost", "UNKNOWN", 2)
    passage(journal, admitted[1], PassageCause.DOUBLE_TURN, None, 3)
    taken_back = passage_members(admitted[2], "operator", "NO_PASSAGE", 4)
    journal.write(orjson.dumps(taken_back | {"operator": "Grace", "note": "Ada is ill"}).decode())
    assert station.push(journal.request()).status_code == 200
    return [scan["id"] for scan in admitted]


def causes(client: EventApiClient, **parameters: str) -> tuple[str, ...]:
    return tuple(row["cause"] for row in client.data("GET", "/passages", params=parameters))


def test_passages_are_filtered_walked_and_concealed_as_the_access_log_is(
    make_caller: CallerFactory, foreign: EventApiClient, scans: list[str]
) -> None:
    reader = make_caller("access-logs:read", "participants:read")
    for parameters, wanted in FILTERED:
        assert causes(reader, **parameters) == wanted, parameters
    walked, cursor = list[str](), ""
    while cursor is not None:
        answer = reader.call(
            "GET", "/passages", params={"limit": "1"} | ({"cursor": cursor} if cursor else {})
        )
        page = answer.json()
        walked += [row["cause"] for row in page["data"]]
        cursor = page["meta"]["next_cursor"]
    assert tuple(walked) == FILTERED[0][1]

    row = reader.data("GET", "/passages", params={"expand": "checkpoint"})[0]
    assert (row["access_log_id"], row["outcome"], row["operator"]) == (scans[2], "NO_PASSAGE", "Grace")
    assert (row["note"], row["checkpoint"]["name"]) == ("Ada is ill", "Main gate")
    waiting = reader.data("GET", "/access-logs", params={"filter[passage]": "GRANTED"})
    assert [row["id"] for row in waiting] == [scans[3]]

    other = make_caller("access-logs:read")
    assert [row["note"] for row in other.data("GET", "/passages")] == ["…", None, None, None]
    assert error_code(make_caller("checkpoints:read").call("GET", "/passages"), 403) == "PermissionMissing"
    assert error_code(foreign.call("GET", "/passages"), 404) == "EventNotFound"
    assert error_code(reader.call("GET", "/passages?filter[outcome]=maybe"), 400)

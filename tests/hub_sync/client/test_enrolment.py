import httpx
import orjson
import pytest

from hub_sync.client.enrolment import UnsentScans, enrol, parse_enrolment_code
from hub_sync.client.http.errors import HubClientError, HubRefused
from hub_sync.client.http.hub_api import HubApi
from hub_sync.client.store import Store
from hub_sync.client.sync.push_loop import ALARM_SETTING
from hub_sync.client.timekeeper import ENROLLED_AT
from hub_sync.contract.clock import ManualClock, epoch_ms
from hub_sync.contract.enums import DeviceStatus
from hub_sync.contract.sync import QrKeyRow
from tests.hub_sync.client.fake_hub import person, refused, scan
from tests.hub_sync.client.store.roster.test_roster import pull

ANSWER = {"device_id": "d", "tenant_id": "t", "event_id": "e", "checkpoint_id": None, "name": "North"}
ANSWER |= {"profile": "gate", "credential": "secret"}
CODE = '{"handshake":1,"hub":"http://hub","token":"TOKEN-TOKEN","later":1}'


def hub(answer: httpx.Response) -> tuple[HubApi, list[dict[str, str]]]:
    payload: list[dict[str, str]] = []

    def handler(request: httpx.Request) -> httpx.Response:
        payload.append(orjson.loads(request.content))
        return answer

    return HubApi("http://hub", transport=httpx.MockTransport(handler)), payload


def test_a_code_or_a_typed_token_is_read() -> None:
    assert parse_enrolment_code(CODE).token == "TOKEN-TOKEN"
    typed = parse_enrolment_code("  TOKEN-TOKEN \n", "http://typed")
    assert (typed.hub, typed.token) == ("http://typed", "TOKEN-TOKEN")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "not the code of an enrolment"),
        ('{"a":1}', "not the code of an enrolment"),
        ('{"handshake":2,"hub":"http://hub","token":"x"}', "another version of the hub"),
        ("TOKEN", "names no hub"),
        ("", "names no hub"),
    ],
)
def test_what_is_no_code_is_said_in_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        parse_enrolment_code(text)


def test_the_station_knows_who_it_is_afterwards(store: Store) -> None:
    api, payload = hub(httpx.Response(200, json=ANSWER))
    enrolment = enrol(store, api, parse_enrolment_code(CODE), serial="S-1", software="1.0")
    assert store.settings.enrolment() == enrolment
    assert (enrolment.credential, enrolment.hub_url) == ("secret", "http://hub")
    key = store.device_key.get_or_create().public.text
    assert payload == [
        {"handshake": 1, "token": "TOKEN-TOKEN", "serial": "S-1", "public_key": key, "software": "1.0"}
    ]


def test_every_enrolment_has_a_key_pair_of_its_own_and_earlier_ones_stay_known(store: Store) -> None:
    api, payload = hub(httpx.Response(200, json=ANSWER))
    for serial in ("S-1", "S-2"):
        enrol(store, api, parse_enrolment_code(CODE), serial=serial, software="1.0")
    first, second = (request["public_key"] for request in payload)
    assert first != second == store.device_key.get_or_create().public.text
    assert store.device_key.public_keys() == (second, first)


def test_a_refused_enrolment_leaves_the_key_pair_as_it_was(store: Store) -> None:
    before = store.device_key.get_or_create().public
    api, _ = hub(refused(409, "TokenUsed", "This code was used already."))
    with pytest.raises(HubRefused):
        enrol(store, api, parse_enrolment_code(CODE), serial="S-1", software="1.0")
    assert store.device_key.get_or_create().public == before


def test_a_used_token_changes_nothing(store: Store) -> None:
    api, _ = hub(refused(409, "TokenUsed", "This code was used already."))
    with pytest.raises(HubRefused, match="used already"):
        enrol(store, api, parse_enrolment_code(CODE), serial="S-1", software="1.0")
    assert store.settings.enrolment() is None


def test_an_answer_without_a_credential_changes_nothing(store: Store) -> None:
    api, _ = hub(httpx.Response(200, json=ANSWER | {"credential": ""}))
    with pytest.raises(HubClientError):
        enrol(store, api, parse_enrolment_code(CODE), serial="S-1", software="1.0")
    assert store.settings.enrolment() is None


def test_enrolling_again_forgets_roster_and_keys_and_keeps_every_scan(store: Store) -> None:
    api, _ = hub(httpx.Response(200, json=ANSWER))
    enrol(store, api, parse_enrolment_code(CODE), serial="S-1", software="1.0")
    journal_id = store.outbox.acknowledged().journal_id
    pull(store, person("p1"))
    store.keys.replace([QrKeyRow(kid="k", material="ab" * 32, not_before_ms=None, not_after_ms=None)])
    record = store.journal.append(scan("p1")).record
    enrol(store, api, parse_enrolment_code(CODE), serial="S-1", software="1.0", leave_unsent=True)
    assert (store.roster.count, len(store.keys.key_ring()), store.feed.position()) == (0, 0, None)
    assert store.outbox.acknowledged().journal_id != journal_id
    assert [row.record for row in store.journal.rows()] == [record], "to be exported"
    assert (store.journal.backlog().rows, store.outbox.pending(10)) == (0, ()), "and sent to nobody"
    row = store.journal.append(scan("p2", device_id="d"))
    assert (row.sequence, store.journal.verify(), store.journal.backlog().rows) == (1, None, 1)
    pull(store, person("p2"))
    assert store.roster.count == 1


def test_a_station_with_scans_to_send_is_not_enrolled_elsewhere_and_keeps_its_token(store: Store) -> None:
    api, payload = hub(httpx.Response(200, json=ANSWER))
    first = enrol(store, api, parse_enrolment_code(CODE), serial="S-1", software="1.0")
    row = store.journal.append(scan("p1"))
    with pytest.raises(UnsentScans, match=r"^This station has scans .*\(1\).* --leave-unsent"):
        enrol(store, api, parse_enrolment_code(CODE), serial="S-1", software="1.0")
    assert len(payload) == 1, "the new token was not used"
    assert store.settings.enrolment() == first
    store.outbox.acknowledge(row.sequence, row.hash)
    enrol(store, api, parse_enrolment_code(CODE), serial="S-1", software="1.0")
    assert store.outbox.acknowledged().journal_id != row.journal_id


def test_a_copy_that_is_enrolled_anew_has_no_diverged_journal_any_more(store: Store) -> None:
    api, _ = hub(httpx.Response(200, json=ANSWER))
    enrol(store, api, parse_enrolment_code(CODE), serial="S-1", software="1.0")
    store.settings.put(ALARM_SETTING, "The hub has another row 1 of this journal.")
    enrol(store, api, parse_enrolment_code(CODE), serial="S-1", software="1.0")
    assert store.settings.get(ALARM_SETTING) is None


def test_a_locked_station_that_is_enrolled_again_is_active(store: Store) -> None:
    api, _ = hub(httpx.Response(200, json=ANSWER))
    store.access.record(DeviceStatus.LOCKED)
    enrol(store, api, parse_enrolment_code(CODE), serial="S-1", software="1.0")
    assert store.access.is_active


@pytest.mark.parametrize(("hub_ahead_ms", "bound_ms"), [(-5000, -5000), (5000, 0)])
def test_the_time_of_the_enrolment_is_the_earlier_of_both_clocks(
    store: Store, clock: ManualClock, hub_ahead_ms: int, bound_ms: int
) -> None:
    now_ms = epoch_ms(clock.now())
    api, _ = hub(httpx.Response(200, json=ANSWER | {"server_time_ms": now_ms + hub_ahead_ms}))
    enrol(store, api, parse_enrolment_code(CODE), serial="S-1", software="1.0", clock=clock)
    assert store.settings.get(ENROLLED_AT) == now_ms + bound_ms

"""Bodies are read after their caller is known, and no few bytes cost much, whichever route takes them."""

import gzip
import tracemalloc
import typing
from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest
import zstandard
from pydantic import BaseModel, FailFast, TypeAdapter
from starlette.testclient import TestClient

from hub_sync.contract.sync import PushRequest
from hub_sync.hub.domains.check_in.checkpoints.schemas import NewCheckpoint
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.station_client import Journal, StationClient
from tests.support.hub_routes import routes_of
from tests.support.rest_client import Rest

MIB = 2**20
FORM = "application/x-www-form-urlencoded"
zstd = zstandard.ZstdCompressor(level=19).compress


@pytest.fixture(params=["sqlite"])
def kind(request: pytest.FixtureRequest) -> str:
    """Run on SQLite only: no database is concerned."""
    return str(request.param)


def test_a_stranger_learns_nothing_of_a_bodys_faults(client: TestClient, seeded: Seeded) -> None:
    for body in (b'"\\ud800"', b'"\\u0000"', b"{", b"[" * 4000):
        answer = client.post("/api/v1/events", content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 401, body
    assert seeded.event_id


def test_the_body_of_an_enrolment_is_small(client: TestClient) -> None:
    for body, headers in (
        (b" " * 8193, {}),
        (zstd(b" " * 8193), {"Content-Encoding": "zstd"}),
        (gzip.compress(b" " * 8193), {"Content-Encoding": "gzip"}),
    ):
        head = {"Content-Type": "application/json", **headers}
        answer = client.post("/api/v1/sync/enrol", content=body, headers=head)
        assert (answer.status_code, answer.json()["error"]["code"]) == (413, "PayloadTooLarge")


def test_a_form_is_small_and_not_packed(client: TestClient) -> None:
    kind = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
    long = client.post("/sign-in", content=b"a=" + b"x" * 256 * 1024, headers=kind)
    assert long.status_code == 413
    many = client.post("/sign-in", content=b"a&" * 2000, headers=kind)
    assert many.status_code == 400
    packed = client.post("/sign-in", content=zstd(b"a=1"), headers=kind | {"Content-Encoding": "zstd"})
    assert packed.status_code == 415


def test_a_form_that_anybody_may_send_is_smaller(client: TestClient) -> None:
    kind = {"Content-Type": FORM, "Sec-Fetch-Site": "same-origin"}
    statuses = [
        client.post("/sign-in", content=b"email=" + b"x" * size, headers=kind).status_code
        for size in (15 * 1024, 16 * 1024)
    ]
    assert statuses == [401, 413]


@pytest.mark.parametrize("wrong", [b"0", b"[]", b'"' + b"x" * 65 + b'"'])
def test_wrong_categories_of_a_checkpoint_are_one_error(rest: Rest, wrong: bytes) -> None:
    path = f"/events/{rest.event_id}/checkpoints"
    body = b'{"name": "Gate", "allowed_categories": [' + b",".join([wrong] * 4000) + b"]}"
    head = {"Content-Type": "application/json"}
    plain = rest.post(path, content=body, headers=head)
    assert (plain.status_code, len(plain.json()["errors"])) == (422, 1)
    packed = rest.post(path, content=zstd(body), headers=head | {"Content-Encoding": "zstd"})
    assert packed.status_code in (413, 422)


def test_few_bytes_for_categories_take_little_memory(rest: Rest) -> None:
    body = zstd(b'{"name": "Gate", "allowed_categories": [' + b"0," * (MIB // 2 - 100) + b"0]}")
    assert len(body) < 300
    path, head = f"/events/{rest.event_id}/checkpoints", {"Content-Type": "application/json"}
    rest.post(path, content=b"{}", headers=head)  # caches are filled
    tracemalloc.start()
    try:
        answer = rest.post(path, content=body, headers=head | {"Content-Encoding": "zstd"})
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert answer.status_code == 413
    assert peak < 4 * MIB


def test_unknown_members_are_named_up_to_a_number(rest: Rest) -> None:
    body = orjson.dumps({f"member-{number}": 0 for number in range(9000)})
    answer = rest.post("/events", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, len(answer.json()["errors"])) == (422, 50)


def test_values_are_bounded_whatever_the_body_says_of_its_type(station: StationClient) -> None:
    body = b'{"items": [' + b"0," * 120_001 + b"0]}"
    for kind in ("application/json", "text/plain", "application/octet-stream", FORM, "multipart/form-data"):
        answer = station.send(body, **{"Content-Type": kind})
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "Unprocessable")


def test_a_push_that_calls_itself_a_form_is_looked_at_like_any_other(
    station: StationClient, journal: Journal
) -> None:
    journal.scan()
    body = orjson.dumps(journal.request().model_dump(mode="json", exclude_none=True))
    journal_id = orjson.dumps(journal.request().journal_id)
    nul = body.replace(journal_id, b'"\\u0000' + journal_id[2:])
    for content, status in ((nul, 422), (body, 200)):
        assert station.send(content, **{"Content-Type": FORM}).status_code == status
    assert station.send(zstd(body), **{"Content-Type": FORM, "Content-Encoding": "zstd"}).status_code == 200


@pytest.mark.parametrize(
    ("members", "where"),
    [
        (b'"items": [' + b"0," * 100_000 + b"0]", "items.0"),
        (b'"corrections": [' + b"0," * 100_000 + b'0], "items": []', "corrections.0"),
        (b'"items": [], "anchors": {' + b",".join(b'"%d": ""' % n for n in range(50_000)) + b"}", "anchors"),
    ],
)
def test_a_push_that_is_wrong_in_very_many_places_is_one_error(members: bytes, where: str) -> None:
    from hub_sync.hub.domains.sync.push.push_parsing import PushUnreadable, parse_push  # noqa: PLC0415

    body = b'{"journal_id": "' + b"0" * 36 + b'", "sent_at_ms": 1, ' + members + b"}"
    with pytest.raises(PushUnreadable, match=where):
        parse_push(body)


def test_a_row_that_is_wrong_in_very_many_places_is_quarantined_with_one_sentence(
    station: StationClient, journal: Journal
) -> None:
    journal.write(orjson.dumps(journal.record() | {f"m{n}": 0 for n in range(1200)}).decode())
    journal.write(orjson.dumps(journal.record() | {"marks": [0] * 7000, "direction": "up"}).decode())
    journal.write(orjson.dumps(journal.record() | {"marks": [[], {}, "a-mark-of-tomorrow"]}).decode())
    answer = station.push(journal.request())
    assert answer.status_code == 200, answer.text
    verdicts = answer.json()["verdicts"]
    assert [verdict["verdict"] for verdict in verdicts] == ["QUARANTINED", "QUARANTINED", "ACCEPTED"]
    assert len(verdicts[0]["message"]) < 200


def test_every_list_in_a_body_stops_at_its_first_error() -> None:
    """Pydantic collects an error for each wrong element otherwise, hundreds of bytes for two that were sent."""
    slow = [place for model in body_models() for place in slow_lists(model)]
    assert slow == []


def body_models() -> Iterator[type[BaseModel]]:
    """Yield the models of all request bodies of the hub."""
    from hub_sync.hub.app import create_app  # noqa: PLC0415
    from hub_sync.hub.kit.settings import HubSettings  # noqa: PLC0415

    yield PushRequest
    app = create_app(HubSettings(database_url="sqlite:////dev/null", secret="0" * 64))
    for route in routes_of(app):
        if route.body_field is not None:
            yield route.body_field.field_info.annotation  # type: ignore[misc]
    app.state.hub.uow.database.close()


def slow_lists(model: type[BaseModel]) -> Iterator[str]:
    """Yield the fields whose lists go on after an error, by what pydantic does with two wrong elements."""
    for schema_place, schema in core_lists(TypeAdapter(model).core_schema, model.__name__):
        if not schema.get("fail_fast"):
            yield schema_place


def core_lists(schema: Any, place: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(schema, dict):
        if schema.get("type") in ("list", "set", "frozenset") or (
            schema.get("type") == "tuple" and schema.get("variadic_item_index") is not None
        ):
            yield place, schema
        for name, inner in schema.items():
            if name not in ("metadata", "serialization", "cls"):
                yield from core_lists(inner, place if name == "schema" else f"{place}.{name}")
    elif isinstance(schema, list):
        for inner in schema:
            yield from core_lists(inner, place)


def test_the_search_for_slow_lists_finds_one() -> None:
    class Slow(BaseModel):
        names: list[int]

    class Quick(BaseModel):
        names: typing.Annotated[tuple[int, ...], FailFast()]

    assert list(slow_lists(Slow))
    assert not list(slow_lists(Quick))
    assert not list(slow_lists(NewCheckpoint))


def test_the_tests_memory_is_measured(hub: HubContext) -> None:
    assert hub.settings.max_body == MIB
    act: Callable[[], object] = lambda: b"x" * (8 * MIB)  # noqa: E731
    tracemalloc.start()
    act()
    assert tracemalloc.get_traced_memory()[1] > 7 * MIB
    tracemalloc.stop()

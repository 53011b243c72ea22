"""Paging: cursors hold their place while rows come and go; nobody can make one up or take it elsewhere.

Check 9 of the issue (rows inserted while a cursor walks neither repeat nor skip) is here.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded
from tests.support.rest_client import NEW_EVENT, Rest, refused

MakeEvents = Callable[..., list[str]]
SORTS = (
    "name",
    "-starts_at",
    "starts_at,-name",
    "-name,starts_at,slug",
    "-id",
    "created_at",
    "-ends_at,name",
)


def pages(rest: Rest, **parameters: Any) -> Iterator[list[dict[str, Any]]]:
    """Yield the pages of a list, by its cursors."""
    cursor = None
    while True:
        answer = rest.get("/events", params=parameters | ({"cursor": cursor} if cursor else {}))
        assert answer.status_code == 200, answer.text
        body = answer.json()
        yield body["data"]
        cursor = body["meta"]["next_cursor"]
        assert ("link" in answer.headers) == (cursor is not None)
        if cursor is None:
            return


def walk(rest: Rest, **parameters: Any) -> list[dict[str, Any]]:
    """Return the whole list."""
    return [event for page in pages(rest, **parameters) for event in page]


def test_every_row_comes_once_in_the_order_that_was_asked(rest: Rest, make_events: MakeEvents) -> None:
    make_events(1, 1, 2, 2, 3, 3, 1)
    for sort in SORTS:
        events = walk(rest, sort=sort, limit=3)
        assert len({event["id"] for event in events}) == len(events) == 8
        ways = [(part.removeprefix("-"), part.startswith("-")) for part in sort.split(",")]
        for event, following in pairwise(events):
            differs = [(key, down) for key, down in ways if event[key] != following[key]]
            for key, down in differs[:1]:
                assert (event[key] > following[key]) is down, sort


@pytest.mark.parametrize("sort", ["name", "-starts_at,name", "created_at"])
def test_rows_that_come_and_go_meanwhile_shift_nothing(
    rest: Rest, make_events: MakeEvents, sort: str
) -> None:
    old = {*make_events(2, 4, 6, 8, 10), rest.event_id}
    listed_ids: list[str] = []
    for number, page in enumerate(pages(rest, sort=sort, limit=2)):
        listed_ids += [event["id"] for event in page]
        make_events(1, 5, 11, prefix=f"new{number}" if number < 3 else f"late{number}")
        if number == 0:
            rest.delete(f"/events/{listed_ids[0]}")
        if number > 20:
            break  # what comes always later is walked to for ever: that is no shift
    assert len(listed_ids) == len(set(listed_ids))
    assert old <= set(listed_ids)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    sort=st.lists(
        st.sampled_from(["name", "slug", "starts_at", "created_at"]), min_size=1, max_size=3, unique=True
    ),
    ways=st.lists(st.booleans(), min_size=3, max_size=3),
    limit=st.integers(1, 5),
)
@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_any_sort_walks_the_same_rows(filled: Rest, sort: list[str], ways: list[bool], limit: int) -> None:
    sort_keys = ",".join(("-" if down else "") + name for name, down in zip(sort, ways, strict=False))
    whole = [event["id"] for event in walk(filled, sort=sort_keys, limit=100)]
    assert [event["id"] for event in walk(filled, sort=sort_keys, limit=limit)] == whole
    assert len(set(whole)) == 8


@pytest.fixture
def filled(rest: Rest, make_events: MakeEvents) -> Rest:
    """Create seven more events, some of which are alike."""
    make_events(1, 1, 2, 2, 2, 3, 3)
    return rest


def cursor_of(rest: Rest, **parameters: Any) -> str:
    """Return the cursor after the first row."""
    cursor: str = rest.get("/events", params={"limit": 1, **parameters}).json()["meta"]["next_cursor"]
    return cursor


def test_a_cursor_is_good_for_its_own_question_only(
    rest: Rest, stranger: Rest, make_events: MakeEvents
) -> None:
    make_events(1, 2)
    cursor = cursor_of(rest, sort="name")
    assert rest.get("/events", params={"sort": "name", "cursor": cursor}).status_code == 200
    assert rest.get("/events", params={"sort": "name", "cursor": cursor, "fields": "id"}).status_code == 200
    for parameters in (
        {"sort": "-name"},
        {},
        {"sort": "name", "filter[status]": "PUBLISHED"},
        {"sort": "name", "q": "more"},
    ):
        refused(rest.get("/events", params=parameters | {"cursor": cursor}), 400, "CursorInvalid")
    refused(stranger.get("/events", params={"sort": "name", "cursor": cursor}), 400, "CursorInvalid")
    refused(rest.get(rest.people, params={"sort": "id", "cursor": cursor}), 400, "CursorInvalid")


def test_a_cursor_of_one_event_is_none_of_another(rest: Rest, make_events: MakeEvents) -> None:
    (other,) = make_events(3)
    for name in ("Ada", "Bob"):
        rest.post(rest.people, json={"first_name": name})
    cursor = rest.get(f"{rest.people}?limit=1").json()["meta"]["next_cursor"]
    assert rest.get(rest.people, params={"cursor": cursor}).json()["data"][0]["first_name"] == "Bob"
    refused(rest.get(f"/events/{other}/participants", params={"cursor": cursor}), 400, "CursorInvalid")


def test_nobody_can_make_a_cursor_up(rest: Rest) -> None:
    for invented in ("", "x", "!!!", "é", "A" * 5000, "WyJ4IiwieSJd" + "A" * 22):
        refused(rest.get("/events", params={"cursor": invented}), 400, "CursorInvalid")


def test_a_changed_cursor_is_refused(rest: Rest, make_events: MakeEvents) -> None:
    make_events(1, 2)
    cursor = cursor_of(rest)
    payload, _, signature = cursor.rpartition(".")
    for part in (payload, signature):
        content = urlsafe_b64decode(part + "=" * (-len(part) % 4))
        for at in (0, len(content) // 2, len(content) - 1):
            changed = content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
            encoded = urlsafe_b64encode(changed).rstrip(b"=").decode()
            forged = cursor.replace(part, encoded)
            assert forged != cursor
            refused(rest.get("/events", params={"cursor": forged}), 400, "CursorInvalid")


def test_pages_by_number_count(rest: Rest, make_events: MakeEvents) -> None:
    make_events(1, 2, 3, 4)
    answer = rest.get("/events?page=2&limit=2&sort=slug")
    meta = answer.json()["meta"]
    assert meta == {"limit": 2, "next_cursor": None, "page": 2, "pages": 3, "total": 5}
    assert [event["slug"] for event in answer.json()["data"]] == ["more-2", "more-3"]
    parts = [part.split("; rel=") for part in answer.headers["link"].split(", ")]
    links = {relation: url for url, relation in parts}
    assert links.keys() == {'"first"', '"prev"', '"next"', '"last"'}
    following = rest.client.get(links['"next"'].strip("<>"), headers={"X-API-Key": rest.raw})
    assert [event["slug"] for event in following.json()["data"]] == ["summit"]
    assert rest.get("/events?page=1000000").json()["data"] == []


def test_the_link_leads_on(rest: Rest, make_events: MakeEvents) -> None:
    make_events(1, 2)
    answer = rest.get("/events", params={"limit": 2, "sort": "slug", "filter[slug][ne]": "gala"})
    target, _, rel = answer.headers["link"].partition("; ")
    assert rel == 'rel="next"'
    following = rest.client.get(target.strip("<>"), headers={"X-API-Key": rest.raw})
    assert [event["slug"] for event in following.json()["data"]] == ["summit"]
    assert following.json()["meta"]["next_cursor"] is None


def test_deleted_events_are_in_no_list(rest: Rest, hub: HubContext, seeded: Seeded) -> None:
    created = rest.post("/events", json=NEW_EVENT).json()["data"]
    assert len(walk(rest)) == 2
    assert rest.delete(f"/events/{created['id']}").status_code == 204
    assert [event["id"] for event in walk(rest)] == [seeded.event_id]

"""Fields, filters, search, sort and what stands beside a row: all from allow-lists, anything else is 400."""

from collections.abc import Callable
from typing import Any

import pytest

from hub_sync.contract.enums import StepType
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.lists import EVENTS
from hub_sync.hub.domains.workflows.tables import Workflow
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.lists.pagination import Cursors
from hub_sync.hub.kit.lists.result_pages import ListPage
from tests.hub_sync.hub.conftest import Seeded
from tests.support.rest_client import Rest, refused

PEOPLE: tuple[dict[str, Any], ...] = (
    {"first_name": "Ada", "last_name": "Lovelace", "status": "APPROVED", "category": "Speaker"},
    {"first_name": "Zoë", "last_name": "Groß", "email": "zoe@example.org", "status": "APPROVED"},
    {"first_name": "100%", "last_name": "Under_score", "category": "a\\b"},
)


@pytest.fixture
def people(rest: Rest) -> Rest:
    """Register three participants."""
    for person in PEOPLE:
        assert rest.post(rest.people, json=person).status_code == 201
    return rest


def names(rest: Rest, **parameters: Any) -> list[str]:
    answer = rest.get(rest.people, params=parameters)
    assert answer.status_code == 200, answer.text
    return [person["first_name"] for person in answer.json()["data"]]


SEARCHES: tuple[tuple[dict[str, str], list[str]], ...] = (
    ({"filter[status]": "APPROVED"}, ["Ada", "Zoë"]),
    ({"filter[status]": "PENDING,APPROVED"}, ["Ada", "Zoë", "100%"]),
    ({"filter[status][ne]": "APPROVED"}, ["100%"]),
    ({"filter[email][ne]": "zoe@example.org"}, ["Ada", "100%"]),
    ({"filter[category]": "Speaker,a\\b"}, ["Ada", "100%"]),
    ({"filter[created_at][gte]": "2026-06-10T12:00:00+02:00"}, ["Ada", "Zoë", "100%"]),
    ({"filter[created_at][gt]": "2026-06-10T10:00:00Z"}, []),
    ({"filter[created_at][lte]": "2026-06-10T10:00:00Z"}, ["Ada", "Zoë", "100%"]),
    ({"filter[created_at][lt]": "2026-06-10T10:00:00Z"}, []),
    ({"q": "love"}, ["Ada"]),
    ({"q": "LOVE ada"}, ["Ada"]),
    ({"q": "love zoe"}, []),
    ({"q": "ZOË"}, ["Zoë"]),
    ({"q": "\u0301"}, []),
    ({"q": "´"}, []),
    ({"q": "zoe GROSS"}, ["Zoë"]),
    ({"q": "100%"}, ["100%"]),
    ({"q": "%"}, ["100%"]),
    ({"q": "_"}, ["100%"]),
    ({"q": "example.org"}, ["Zoë"]),
    ({"q": "roß"}, ["Zoë"]),  # no "ss" alone: registration codes are made by chance
    ({"q": "", "sort": "-id"}, ["100%", "Zoë", "Ada"]),
)


def test_filters_and_search_find_what_they_say(people: Rest) -> None:
    for parameters, expected in SEARCHES:
        assert names(people, **parameters) == expected, parameters


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("Иван", "иван"),
        ("ΟΔΥΣΣΕΥΣ", "Οδυσσεύς"),
        ("Øyvind Łoś", "oyvind los"),
        ("أحمد", "احمد"),
        ("山田太郎", "太郎"),
        ("Ĳsbrand", "ijs"),
    ],
)
def test_a_name_is_found_however_it_is_typed(rest: Rest, name: str, typed: str) -> None:
    created = rest.post(rest.people, json={"first_name": name}).json()["data"]
    assert names(rest, q=typed) == [name]
    path = f"{rest.people}/{created['id']}"
    renamed = rest.put(path, headers={"If-Match": '"1"'}, json={"first_name": "Zoë"})
    assert renamed.status_code == 200, renamed.text
    assert names(rest, q=typed) == []
    assert names(rest, q="ZOE") == ["Zoë"]


def test_the_tale_of_a_change_leaves_out_what_is_searched(
    rest: Rest, hub: HubContext, seeded: Seeded
) -> None:
    created = rest.post(rest.people, json={"first_name": "Ada"}).json()["data"]
    assert "searched" not in created
    with hub.uow.read() as work:
        (entry,) = audit.entries_of(work, seeded.tenant_id, "participant", created["id"])
    assert entry.after is not None
    assert entry.after["first_name"] == "Ada"
    assert "searched" not in entry.after


def test_a_plus_that_came_as_a_blank_is_understood(people: Rest) -> None:
    answer = people.get(f"{people.people}?filter[created_at][gte]=2026-06-10T12:00:00+02:00")
    assert len(answer.json()["data"]) == 3


def test_only_the_chosen_fields_come(people: Rest) -> None:
    answer = people.get(people.people, params={"fields": "first_name,status", "limit": 1})
    assert answer.json()["data"] == [{"first_name": "Ada", "status": "APPROVED"}]
    event = people.get(f"/events/{people.event_id}?fields=slug")
    assert event.json()["data"] == {"slug": "summit"}
    assert event.headers["etag"] == people.get(f"/events/{people.event_id}").headers["etag"]


def test_what_is_asked_for_stands_beside_the_rows(people: Rest, seeded: Seeded) -> None:
    answer = people.get(people.people, params={"expand": "event", "fields": "id"})
    assert [person["event"]["slug"] for person in answer.json()["data"]] == ["summit"] * 3
    assert answer.json()["data"][0].keys() == {"id", "event"}
    for path in ("/events?expand=participants_count", f"/events/{seeded.event_id}?expand=participants_count"):
        data = people.get(path).json()["data"]
        assert (data[0] if isinstance(data, list) else data)["participants_count"] == 3


def test_a_workflow_comes_with_its_steps(rest: Rest, hub: HubContext, seeded: Seeded) -> None:
    place = {"tenant_id": seeded.tenant_id, "event_id": seeded.event_id}
    steps = [{"key": f"s{n}", "name": f"Step {n}", "type": StepType.REVIEW} for n in (1, 2)]
    with hub.uow.begin() as work:
        work.session.add(Workflow(**place, id="w1", name="Press", draft={"steps": steps}))
        work.session.add(Workflow(**place, id="w2", name="Staff"))
    path = f"/events/{seeded.event_id}/workflows"
    assert [workflow["name"] for workflow in rest.get(path).json()["data"]] == ["Press", "Staff"]
    assert "steps" not in rest.get(path).json()["data"][0]
    listed = rest.get(path, params={"expand": "steps"}).json()["data"]
    assert [[step["key"] for step in workflow["steps"]] for workflow in listed] == [["s1", "s2"], []]
    workflow = rest.get(f"{path}/w1")
    assert (workflow.json()["data"]["steps"], workflow.headers["etag"]) == (listed[0]["steps"], '"1"')
    refused(rest.get(f"{path}/w3"), 404, "WorkflowNotFound")


UNKNOWN = (
    "unknown=1",
    "limit=0",
    "limit=101",
    "limit=abc",
    "limit=",
    "limit=-1",
    "limit=1&limit=2",
    "limit=%C2%B2",
    "page=0",
    "page=1000001",
    "page=1&cursor=x",
    "sort=",
    "sort=phone",
    "sort=--id",
    "fields=",
    "fields=id,code_normal",
    "fields=feed_seq",
    "expand=tenant",
    "expand=",
    "filter[tenant_id]=x",
    "filter[status]=NICE",
    "filter[status]=",
    "filter[status][gte]=APPROVED",
    "filter[created_at][gte]=yesterday",
    "filter[created_at][gte]=2026-06-10T10:00:00",
    "filter[created_at][gte]=0001-01-01T00:00:00%2B14:00",
    "filter[created_at][gte]=" + "9" * 300,
    "filter[created_at]=" + ",".join(["2026-06-10T10:00:00Z"] * 51),
    "filter[email]=" + "x" * 201,
    "filter=x",
    "filter[]=x",
    "q=" + "x" * 201,
    "&".join(f"a{n}=1" for n in range(100)),
    "%ED%A0%80=1",
    "q=%ED%A0%80&x=1",
)


def test_what_is_not_known_is_refused_with_a_sentence(people: Rest) -> None:
    for query in UNKNOWN:
        answer = people.get(f"{people.people}?{query}")
        assert answer.status_code == 400, query
        problem = answer.json()
        assert problem["error"]["code"] in ("QueryInvalid", "BadRequest", "CursorInvalid")
        assert problem["detail"].endswith(".")
        assert len(problem["detail"]) < 400


def test_numbers_beyond_a_column_are_refused(rest: Rest) -> None:
    for number in ("2147483648", "-2147483649", "9" * 40, "1.5", "１"):
        refused(rest.get("/events", params={"filter[capacity][gte]": number}), 400, "BadRequest")
    assert len(rest.get("/events", params={"filter[capacity][lte]": 2147483647}).json()["data"]) == 1
    assert rest.get("/events", params={"filter[capacity]": "-5,7"}).json()["data"] == []


def test_one_resource_takes_fields_and_expand_alone(rest: Rest) -> None:
    for query in ("limit=1", "sort=id", "q=x", "filter[status]=DRAFT", "fields=nothing"):
        refused(rest.get(f"/events/{rest.event_id}?{query}"), 400, "QueryInvalid")


def test_a_stranger_is_told_nothing_of_the_question(rest: Rest) -> None:
    answer = rest.client.get("/api/v1/events?unknown=1")
    refused(answer, 401, "SignInNeeded")


def test_lists_of_a_page_pass_over_what_is_the_pages_own(
    hub: HubContext, seeded: Seeded, make_events: Callable[..., list[str]]
) -> None:
    make_events(1, 2, 3)
    query = EVENTS.specification.parse_list(
        b"flash=1&filter[status]=&q=&page=2&limit=3&sort=slug", "/events", from_console=True
    )
    with hub.uow.read() as work:
        page = EVENTS.page(work, events.events_of(seeded.tenant_id), query)
        first = EVENTS.page(
            work, events.events_of(seeded.tenant_id), EVENTS.specification.parse_list(b"", "/events")
        )
    assert ([event.slug for event in page.rows], page.page, page.pages, page.total) == (["summit"], 2, 2, 4)
    assert (first.page, first.total) == (1, 4)


@pytest.mark.parametrize("sort", ["slug", "-created_at", "-slug"])
def test_a_page_without_a_number_leads_back_to_the_page_before(
    hub: HubContext, seeded: Seeded, make_events: Callable[..., list[str]], sort: str
) -> None:
    make_events(1, 2, 3, 4, 5, 6)
    cursors = Cursors(hub.secret_box)

    def page_at(cursor: str) -> ListPage:
        query = EVENTS.specification.parse_list(
            f"limit=3&sort={sort}&cursor={cursor}".encode(), "/events", from_console=True
        )
        with hub.uow.read() as work:
            return EVENTS.page(work, events.events_of(seeded.tenant_id), query, seeded.tenant_id, cursors)

    def slugs(page: ListPage) -> list[str]:
        return [event.slug for event in page.rows]

    first = page_at("")
    second = page_at(first.next_cursor or "")
    third = page_at(second.next_cursor or "")
    assert [len(page.rows) for page in (first, second, third)] == [3, 3, 1]
    assert first.previous_cursor is None
    assert second.previous_cursor == ""
    back = page_at(third.previous_cursor or "")
    assert slugs(back) == slugs(second)
    assert back.previous_cursor == ""
    assert back.next_cursor == second.next_cursor


def test_a_number_that_only_json_can_hold_comes_back_in_lists_too(rest: Rest) -> None:
    rest.post(rest.people, json={"extra": {"n": 10**30}})
    for query in ("", "?fields=extra", "?expand=event"):
        answer = rest.get(f"{rest.people}{query}")
        assert answer.json()["data"][0]["extra"] == {"n": 10**30}


def test_a_list_tells_a_row_as_the_row_tells_itself(people: Rest) -> None:
    for row in people.get(people.people).json()["data"]:
        assert people.get(f"{people.people}/{row['id']}").json()["data"] == row
    for row in people.get("/events").json()["data"]:
        assert people.get(f"/events/{row['id']}").json()["data"] == row

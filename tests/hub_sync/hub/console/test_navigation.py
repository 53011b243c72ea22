"""The navigation: the order of its entries, and the entry to which a page belongs."""

from collections import Counter

from fastapi import FastAPI

from hub_sync.hub.console.navigation import navigation
from hub_sync.hub.domains import registry
from hub_sync.hub.kit.security.access import Caller, CallerKind
from tests.hub_sync.hub.console.page_crawler import page_routes

CALLER = Caller(
    CallerKind.USER, "ada", "tenant", "user:ada", frozenset({"*"}), frozenset(registry().flags), 1
)
EVENT = "0198"


def current_entry(path: str) -> str:
    groups = navigation(registry().navigation, CALLER, EVENT, path)
    return next((link.label for group in groups for link in group.links if link.current), "")


def test_no_two_entries_of_a_group_have_the_same_place() -> None:
    places = Counter((entry.group, entry.order) for entry in registry().navigation)
    assert [place for place, entries in places.items() if entries > 1] == []


def test_only_the_overview_itself_is_marked_as_overview(app: FastAPI) -> None:
    pages = {
        page.path.replace("{event_id}", EVENT)
        for page in page_routes(app)
        if page.method == "GET" and not page.streams and page.path.startswith("/events/{event_id}")
        if "." not in page.path  # a file
    }
    marked = {page for page in pages if current_entry(page) == "Overview"}
    assert marked == {f"/events/{EVENT}", f"/events/{EVENT}/counters"}  # the latter is a part of pages


def test_the_tickets_of_a_list_belong_to_the_participants() -> None:
    assert current_entry(f"/events/{EVENT}/tickets/reissue") == "Participants"
    assert current_entry(f"/events/{EVENT}/call-off") == "Events"

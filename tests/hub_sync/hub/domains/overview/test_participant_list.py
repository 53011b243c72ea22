"""The list of participants in a browser without scripts."""

import re
from datetime import timedelta
from html import unescape

import pytest
from fastapi import FastAPI

from hub_sync.contract.enums import Direction, ParticipantStatus, ReasonCode
from hub_sync.hub.domains.participants import service as participants
from tests.hub_sync.hub.conftest import NOON, Seeded
from tests.hub_sync.hub.console.browser_client import Browser, signed_in_as
from tests.hub_sync.hub.console.conftest import Fair

MINUTE = timedelta(minutes=1)


@pytest.fixture
def admin(app: FastAPI, seeded: Seeded) -> Browser:
    return signed_in_as(app, seeded.tenant_id, name="Ada")


@pytest.fixture
def place(seeded: Seeded) -> str:
    return f"/events/{seeded.event_id}/participants"


def names_in(html: str) -> list[str]:
    body = html.split("<tbody>")[1] if "<tbody>" in html else ""
    return re.findall(r'<th scope="row"><a [^>]*><bdi>([^<]*)</bdi></a>', body)


def plain(html: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", html)))


def row_of(html: str, name: str) -> str:
    return next(plain(row) for row in html.split("<tr>") if f"<bdi>{name}</bdi>" in row)


def let_in(fair: Fair) -> None:
    """Grace is inside, Alan has left, Barbara never came."""
    for name in ("Grace", "Alan", "Barbara"):
        fair.register(name)
    fair.scan("Grace", NOON - 12 * MINUTE)
    fair.scan("Alan", NOON - 60 * MINUTE)
    fair.scan("Alan", NOON - 30 * MINUTE, direction=Direction.EXIT, reason=ReasonCode.EXITED)


def test_the_list_is_searched_by_name_code_and_address(admin: Browser, fair: Fair, place: str) -> None:
    fair.register("Grace", registration_code="HOPPER-1")
    fair.register("Alan", category="Speaker", registration_code="TURING-2")
    fair.register("Barbara", ParticipantStatus.REJECTED, registration_code="LISKOV-3")
    assert names_in(admin.read(place)) == ["Barbara Example", "Alan Example", "Grace Example"]
    for query, names in {
        "q=grace": ["Grace Example"],
        "q=hopper+1": ["Grace Example"],
        "q=h0pper1": ["Grace Example"],
        "q=alan@example.org": ["Alan Example"],
        "q=ALAN@EXAMPLE.ORG": ["Alan Example"],
        "q=example+bar": ["Barbara Example"],
        "q=nobody": [],
        "filter[status]=REJECTED": ["Barbara Example"],
        "filter[category]=Speaker": ["Alan Example"],
        "filter[category]=&q=&sort=last_name": ["Grace Example", "Alan Example", "Barbara Example"],
        "sort=id": ["Grace Example", "Alan Example", "Barbara Example"],
    }.items():
        assert names_in(admin.read(f"{place}?{query}")) == names, query
    assert "No matching participants" in admin.read(f"{place}?q=nobody")
    assert len(names_in(admin.read(f"{place}?cursor=of-an-older-hub"))) == 3


def test_a_long_list_is_walked_page_by_page(admin: Browser, fair: Fair, place: str) -> None:
    with fair.hub.uow.begin() as work:
        many = (participants.NewParticipant(first_name=f"N{number:03}") for number in range(120))
        participants.create_many(work, fair.seeded.tenant_id, fair.seeded.event_id, many)
    names: list[str] = []
    summaries: list[list[str]] = []
    path = place
    while path:
        text = admin.read(path)
        names += names_in(text)
        summaries.append(re.findall(r"\d+\u2013\d+ of \d+", plain(text)))
        link = re.search(r'href="([^"]*)" rel="next"', text)
        path = link[1].replace("&amp;", "&") if link else ""
    assert sorted(names) == [f"N{number:03}" for number in range(120)]
    assert summaries == [["1\u201350 of 120"], ["51\u2013100 of 120"], ["101\u2013120 of 120"]]
    last = admin.read(f"{place}?page=3&q=n&sort=id")
    back = re.search(r'href="([^"]*)" rel="prev"', last)
    assert back
    assert unescape(back[1]) == f"{place}?page=2&q=n&sort=id"
    second = re.search(r'href="([^"]*)" rel="prev"', admin.read(unescape(back[1])))
    assert second
    assert unescape(second[1]) == f"{place}?q=n&sort=id", "the first page has no number"


def test_an_event_without_people_says_what_to_do(admin: Browser, fair: Fair, place: str) -> None:
    assert "No participants yet" in admin.read(place)


def test_the_list_says_who_is_inside_and_who_has_left(admin: Browser, fair: Fair, place: str) -> None:
    let_in(fair)
    html = admin.read(place)
    assert "Approved Inside 12 minutes ago" in row_of(html, "Grace Example")
    assert "Approved Left 30 minutes ago" in row_of(html, "Alan Example")
    assert "Approved \u2014 10 Jun" in row_of(html, "Barbara Example")
    assert "3 registered \u00b7 1 inside" in plain(html)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("presence=inside", ["Grace Example"]),
        ("presence=inside&zone=hall-a", ["Grace Example"]),
        ("presence=inside&zone=hall-b", []),
        ("presence=left", ["Alan Example"]),
        ("presence=left&zone=hall-a", ["Alan Example"]),
        ("presence=left&zone=hall-b", []),
        ("presence=absent&zone=hall-b", ["Barbara Example", "Alan Example", "Grace Example"]),
        ("presence=absent", ["Barbara Example"]),
        ("presence=absent&q=grace", []),
        ("presence=left&filter[status]=APPROVED", ["Alan Example"]),
        ("presence=nonsense", ["Barbara Example", "Alan Example", "Grace Example"]),
    ],
)
def test_the_list_is_filtered_by_presence(
    admin: Browser, fair: Fair, place: str, query: str, names: list[str]
) -> None:
    let_in(fair)
    assert names_in(admin.read(f"{place}?{query}")) == names


def test_who_left_the_venue_by_a_gate_of_another_zone_is_not_inside(
    admin: Browser, fair: Fair, place: str
) -> None:
    fair.register("Grace")
    fair.scan("Grace", NOON - 12 * MINUTE, direction=Direction.EXIT, reason=ReasonCode.EXIT_WITHOUT_ENTRY)
    assert names_in(admin.read(f"{place}?presence=absent")) == ["Grace Example"], "never let in"


def test_a_category_with_a_comma_is_chosen_from_the_list(admin: Browser, fair: Fair, place: str) -> None:
    form = {"first_name": "Zoë", "category": "Speaker, keynote"}
    assert admin.send(f"{place}/new", f"{place}/new", form).status_code == 303
    page = admin.get(place).text
    (value,) = re.findall(r'<option value="([^"]*)"[^>]*>Speaker, keynote<', page)
    chosen = admin.get(place, params={"filter[category]": value}).text
    assert names_in(chosen) == ["Zoë"]
    assert re.search(r'<option value="[^"]*" selected[^>]*>Speaker, keynote<', chosen)

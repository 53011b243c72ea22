from datetime import timedelta
from typing import Any

import pytest

from hub_sync.client.store import Store
from hub_sync.client.store.roster.search_index import build_query, index_text
from hub_sync.contract.clock import epoch_ms, from_epoch_ms
from hub_sync.contract.enums import ParticipantStatus
from tests.hub_sync.client.fake_hub import NOON, page, person

PEOPLE = [
    person("1", "José", "García Márquez", "REG-0011"),
    person("2", "Søren", "Ångström-Weiß", "abc-77"),
    person("3", "太郎", "山田"),
    person("4", "محمد", "العربي"),
    person("5", "Conan", "O'Brien"),
    person("6", "민수", "김"),
    person("7", "Josephine", "Baker", status="CANCELLED"),
    person("8", "Łukasz", "Żółć"),
    person("9", 'Robert "Bob"', "Tables) OR 1"),
    person("10", "Jürgen", "Mueller"),
    person("11", "Anna Lena", "De’Ath"),
    person("12", "Aase", "Sörensen-Aagaard"),
    person("13", "علی", "كريمي"),
    person("14", "J.R.R.", "Tolkien"),
    person("15", "अनिता", "शर्मा"),
]


def pull(store: Store, *people: list[Any], **changes: Any) -> None:
    last = page(*people, **changes)
    snapshot = store.feed.begin_snapshot()
    snapshot.add(last)
    store.feed.publish_snapshot(snapshot, last)


@pytest.fixture
def full(store: Store) -> Store:
    pull(store, *PEOPLE)
    return store


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("Jose", {"1", "7"}),
        ("JOSÉ gar", {"1"}),
        ("marquez jose", {"1"}),
        ("angstrom", {"2"}),
        ("weiss", {"2"}),
        ("Ångström-W", {"2"}),
        ("山田", {"3"}),
        ("山田太", {"3"}),
        ("山田太郎", {"3"}),
        ("太郎", {"3"}),
        ("محمد", {"4"}),
        ("مُحَمَّد", {"4"}),
        ("obrien", {"5"}),
        ("o'bri", {"5"}),
        ("O\u2019Brien", {"5"}),
        ("김민수", {"6"}),
        ("민수", {"6"}),
        ("zol", {"8"}),
        ("lukasz", {"8"}),
        ("soren", {"2", "12"}),
        ("bob", {"9"}),
        ("tables)", {"9"}),
        ("Müller", {"10"}),
        ("Muller, Juergen", {"10"}),
        ("MUELL", {"10"}),
        ("Anna-Lena", {"11"}),
        ("Anna\u2011Lena Death", {"11"}),
        ("de ath", {"11"}),
        ("Åse", {"12"}),
        ("Ase Soerensen", {"12"}),
        ("Sørensenaagaard", {"12"}),
        ("Ågård", {"12"}),
        ("علي", {"13"}),
        ("کریمی", {"13"}),
        ("jrr tolk", {"14"}),
        ("J R R Tolkien", {"14"}),
        ("Tol\u200bkien", {"14"}),
        ("अनिता", {"15"}),
        ("nobody", set()),
    ],
)
def test_a_name_is_found_as_an_operator_types_it(full: Store, typed: str, expected: set[str]) -> None:
    assert {person.id for person in full.roster.search(typed)} == expected


@pytest.mark.parametrize("typed", ["", "jo", "  j o ", "é", "山", "--", '"', "'''", "a*", "\0\0\0"])
def test_fewer_than_three_letters_find_nobody(full: Store, typed: str) -> None:
    assert full.roster.search(typed) == ()


@pytest.mark.parametrize(
    "typed", ['"jos" OR "bak"', "jos* NOT gar", "names:jos", "jos^", "NEAR(jos)", "josé\x00é", "%%%"]
)
def test_no_query_language_leaks_into_the_search(full: Store, typed: str) -> None:
    full.roster.search(typed)  # whatever it finds, it is not a syntax error


def test_a_short_name_is_not_lost_among_longer_ones(store: Store) -> None:
    longer = [person(str(number), "Susanne", f"Number{number}") for number in range(30)]
    pull(store, *longer, person("sue", "Sue", "Zimmer"))
    assert "sue" in {each.id for each in store.roster.search("Sue", 20)}


@pytest.mark.parametrize(("typed", "other"), [("Ö-1234", "Ä-1234"), ("REG", "REG-٠٠١٢"), ("12", "Касса-12")])
def test_a_code_that_nobody_has_admits_nobody(store: Store, typed: str, other: str) -> None:
    pull(store, person("1", code=other))
    assert store.roster.find_by_code(typed) is None
    assert store.roster.find_by_code(other.lower()) is not None


def test_search_shows_no_more_than_asked(store: Store) -> None:
    pull(store, *[person(str(number), "Anna", f"Number{number}") for number in range(30)])
    assert len(store.roster.search("anna", 7)) == 7
    assert store.roster.search("anna", 0) == ()


@pytest.mark.parametrize("typed", ["REG-0011", " reg 0011 ", "regoo1l", "REG–00Il".replace("–", "-")])
def test_a_registration_code_forgives_typing(full: Store, typed: str) -> None:
    expected = full.roster.find_by_code(typed)
    assert expected is not None
    assert expected.name == "José García Márquez"


@pytest.mark.parametrize("typed", ["1", "", "---", "REG-00112"])
def test_an_id_is_no_code(full: Store, typed: str) -> None:
    assert full.roster.find_by_code(typed) is None


def test_two_people_of_one_code_are_not_decided_by_accident(store: Store) -> None:
    pull(store, person("1", code="A-O"), person("2", code="A0"))
    assert store.roster.find_by_code("a0") is None


def test_who_was_merged_away_is_the_survivor_everywhere(store: Store) -> None:
    pull(
        store,
        person("1", "Ada", "King", "C1", standing="merged:2"),
        person("2", "Ada", "Byron", "C2", standing="merged:3"),
        person("3", "Ada", "Lovelace", "C3"),
    )
    survivor = store.roster.find("3")
    assert survivor is not None
    assert store.roster.find("1") == store.roster.find_by_code("c1") == survivor
    assert store.roster.search("king") == (survivor,)
    assert store.roster.search("ada") == (survivor,)
    assert store.roster.count == 1


def test_a_circle_of_merges_is_nobody_and_ends(store: Store) -> None:
    pull(store, person("1", standing="merged:2"), person("2", standing="merged:1"))
    assert store.roster.find("1") is None
    assert store.roster.merged_ids("1") == ("2",)


def test_who_was_deleted_is_known_by_id_only(store: Store) -> None:
    pull(store, person("1", "", "", "", standing="deleted"), person("2", code="X1"))
    expected = store.roster.find("1")
    assert expected is not None
    assert expected.person.standing == "deleted"
    assert store.roster.search("lovelace") != ()
    assert {person.id for person in store.roster.search("lovelace")} == {"2"}
    assert store.roster.find_by_code("REG-1") is None
    assert store.roster.count == 1


def test_before_the_first_pull_there_is_nothing_and_no_failure(store: Store) -> None:
    assert store.roster.find("1") is None
    assert store.roster.find_by_code("REG-1") is None
    assert store.roster.search("lovelace") == ()
    assert (store.roster.count, store.venue.event(), store.venue.checkpoints()) == (0, None, ())
    assert store.venue.age(NOON) is None
    assert store.feed.position() is None


def test_the_roster_tells_its_age_by_the_hubs_time(store: Store) -> None:
    pull(store, *PEOPLE)
    assert store.venue.age(NOON + timedelta(minutes=5)) == timedelta(minutes=5)
    assert store.venue.age(NOON - timedelta(minutes=5)) == timedelta(0)


def test_deltas_change_people_names_codes_and_the_count(full: Store) -> None:
    full.feed.apply(
        page(
            person("1", "Josefa", "García", "NEW-1", status="CANCELLED"),
            person("5", "", "", "", standing="deleted"),
            person("new", "Neu", "Ankömmling"),
            snapshot=False,
            cursor="2",
            server_time_ms=epoch_ms(NOON) + 1000,
        )
    )
    assert full.roster.search("marquez") == ()
    (josefa,) = full.roster.search("josefa")
    assert josefa.status is ParticipantStatus.CANCELLED
    assert full.roster.find_by_code("reg-0011") is None
    assert full.roster.find_by_code("new1") == josefa
    assert full.roster.search("obrien") == ()
    assert [person.id for person in full.roster.search("ankommling")] == ["new"]
    assert full.roster.count == len(PEOPLE)
    assert full.feed.position() == ("epoch-1", "2")
    assert full.venue.as_of() == from_epoch_ms(epoch_ms(NOON) + 1000)


def test_the_same_deltas_twice_change_nothing_more(full: Store) -> None:
    changes = page(person("10"), person("1", standing="merged:10"), snapshot=False, cursor="2")
    full.feed.apply(changes)
    before = (full.roster.count, full.roster.find("1"), full.roster.merged_ids("10"))
    full.feed.apply(changes)
    assert (full.roster.count, full.roster.find("1"), full.roster.merged_ids("10")) == before


def test_an_undone_merge_is_undone(full: Store) -> None:
    full.feed.apply(page(person("1", standing="merged:2"), snapshot=False, cursor="2"))
    full.feed.apply(page(person("1", "José", "García"), snapshot=False, cursor="3"))
    assert full.roster.merged_ids("2") == ()
    assert [person.id for person in full.roster.search("garcia")] == ["1"]


def test_the_roster_counts_as_fresh_only_after_the_last_page(full: Store) -> None:
    late = epoch_ms(NOON) + 60_000
    full.feed.apply(page(person("1"), snapshot=False, cursor="2", more=True, server_time_ms=late))
    assert full.venue.as_of() == NOON


def test_event_checkpoints_occupancy_and_conflicts_are_kept(store: Store) -> None:
    event: dict[str, Any] = {
        "id": "e",
        "tenant_id": "t",
        "name": "Fair",
        "slug": "fair",
        "starts_at_ms": 1,
        "ends_at_ms": 2,
    }
    event |= {"time_zone": "Asia/Kolkata", "capacity": 100, "status": "PUBLISHED"}
    gate: dict[str, Any] = {
        "id": "c",
        "event_id": "e",
        "name": "North",
        "type": "gate",
        "direction": "entry",
        "zone": "hall",
    }
    gate |= {"active": True, "opens_at": None, "closes_at": "18:00", "allowed_categories": ["vip"]}
    gate |= {"reentry": "once", "unknown_tickets": "hold", "stale_roster": "warn", "roster_max_age_s": 60}
    clash: dict[str, Any] = {
        "access_log_id": "a",
        "participant_id": "1",
        "zone": "hall",
        "at_ms": epoch_ms(NOON),
    }
    clash |= {"device_id": "d1", "other_access_log_id": "b", "other_device_id": "d2"}
    pull(
        store,
        events=[event],
        checkpoints=[gate, gate | {"id": "x", "deleted": True}],
        occupancy=[{"zone": "", "current": 3, "capacity": 100}],
        conflicts=[clash, clash | {"access_log_id": "z", "cleared": True}],
    )
    assert (store.venue.event() or pytest.fail("none")).time_zone == "Asia/Kolkata"
    assert [row.name for row in store.venue.checkpoints()] == ["North"]
    deleted = store.venue.checkpoint("x")
    assert deleted is not None
    assert deleted.deleted
    assert store.venue.occupancy()[0].current == 3
    assert [row.access_log_id for row in store.venue.conflicts(NOON)] == ["a"]
    assert store.venue.conflicts(NOON + timedelta(seconds=1)) == ()
    store.feed.apply(page(snapshot=False, cursor="2", conflicts=[clash | {"cleared": True}]))
    assert store.venue.conflicts(NOON) == ()


def test_names_are_laid_in_word_by_word_and_wide_ones_letter_by_letter() -> None:
    assert index_text("José", "O'Brien") == "jose obrien jose o brien"
    assert index_text("太郎", "山田") == "太 郎 山 田"
    assert build_query("山田") == '(("山"* AND "田"*))'
    assert build_query("Anna-Lena") == '(("annalena"*) OR ("anna"* AND "lena"*))'


def test_a_merged_registrations_tickets_are_replaced_with_either_persons(store: Store) -> None:
    pull(
        store,
        person("1", standing="merged:2", tickets_valid_from=50),
        person("2", tickets_valid_from=40),
        person("3", standing="merged:2"),
    )
    assert [row.tickets_valid_from for id_ in "123" if (row := store.roster.find(id_))] == [50, 40, 40]


def test_a_change_replaces_tickets(store: Store) -> None:
    pull(store, person("1"))
    store.feed.apply(page(person("1", tickets_valid_from=50), snapshot=False, cursor="2"))
    row = store.roster.find("1")
    assert row is not None
    assert row.person.tickets_valid_from == 50


def test_a_group_is_read_by_its_reference_and_searched_by_it(store: Store) -> None:
    order = {"group_ref": "Byron party"}
    pull(
        store,
        person("1", "Ralph", "King", **order),
        person("2", "Anne", "King", **order),
        person("3", "Gone", "King", standing="deleted", **order),
        person("4", "Twin", "King", standing="merged:1", **order),
        person("5"),
    )
    assert [member.name for member in store.roster.find_group("Byron party", 10)] == [
        "Anne King",
        "Ralph King",
    ]
    assert len(store.roster.find_group("Byron party", 1)) == 1
    assert store.roster.find_group("", 10) == store.roster.find_group("byron", 10) == ()
    assert {hit.id for hit in store.roster.search("byron")} == {"1", "2"}
    store.feed.apply(page(person("2", "Anne", "King"), snapshot=False, cursor="2"))
    assert [member.id for member in store.roster.find_group("Byron party", 10)] == ["1"]

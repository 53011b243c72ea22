"""A page of a newer hub: what is understood is taken, and the rest falls to the safe side."""

from typing import Any

import pytest

from hub_sync.client.http import pull_pages
from hub_sync.client.http.errors import InvalidHubResponse, ResponseTooLarge
from hub_sync.client.http.pull_pages import MAX_ASIDE, MAX_ROWS, NotUnderstood, PulledPage, parse_pull_page
from hub_sync.contract.enums import Direction, OperatorRole, ParticipantStatus
from hub_sync.contract.sync import PARTICIPANT_FIELDS, CheckpointRow, EventRow
from hub_sync.rules.rules_from_rows import checkpoint_rules, event_rules
from tests.hub_sync.client.fake_hub import person
from tests.support.builders.station import CHECKPOINT_ROW, EVENT_ROW

KEY = {"kid": "k1", "material": "ab" * 32, "not_before_ms": None, "not_after_ms": None}


def parse(**members: Any) -> PulledPage:
    page: dict[str, Any] = {"epoch": "e", "cursor": "1", "more": False, "snapshot": True, "server_time_ms": 1}
    return parse_pull_page(page | members)


def person_with(member: str, value: Any) -> list[Any]:
    row = person("1")
    row[column(member)] = value
    return row


def column(name: str) -> int:
    return PARTICIPANT_FIELDS.index(name)


def test_a_page_that_is_understood_has_nothing_aside() -> None:
    pulled = parse(
        participants=[person("1")],
        events=[EVENT_ROW],
        checkpoints=[CHECKPOINT_ROW],
        keys=[KEY],
        newer=[{"a": 1}],
    )
    assert pulled.aside == ()
    assert [row[0] for row in pulled.page.participants] == ["1"]
    assert pulled.page.events[0].unclear == ()


@pytest.mark.parametrize(
    ("sent", "understood"),
    [("gate-2", "gate-2"), ("", ""), (None, None), (5, None), (["x"], None), ("x" * 65, None)],
)
def test_an_assignment_that_is_not_understood_changes_nothing_and_stops_no_page(
    sent: Any, understood: str | None
) -> None:
    pulled = parse(participants=[person("1")], assigned_checkpoint_id=sent)
    assert pulled.page.assigned_checkpoint_id == understood
    assert len(pulled.page.participants) == 1


def test_somebody_with_an_unknown_status_is_not_admitted_and_all_others_are_taken() -> None:
    pulled = parse(participants=[person("1", status="TRANSFERRED"), person("2")], keys=[KEY])
    unclear, other = pulled.page.participants
    assert unclear[column("standing")] == "unclear:status"
    assert other[column("status")] is ParticipantStatus.APPROVED
    assert pulled.page.keys is not None
    assert pulled.aside == (NotUnderstood("participants", "1", "status", "TRANSFERRED"),)
    assert not pulled.lost_rows, "a row that keeps somebody out is not lost"


@pytest.mark.parametrize("standing", ["deleted", "blocked:stolen", "merged:9"])
def test_an_unknown_status_hides_no_stronger_standing(standing: str) -> None:
    (row,) = parse(participants=[person("1", status="NEW", standing=standing)]).page.participants
    assert row[column("standing")] == standing


@pytest.mark.parametrize("member", ["first_name", "last_name", "code", "version"])
def test_a_wrong_type_that_decides_nothing_keeps_nobody_out(member: str) -> None:
    (row,) = parse(participants=[person_with(member, {"new": "form"})]).page.participants
    assert row[column("standing")] == ""
    assert row[column(member)] in ("", 0)


@pytest.mark.parametrize("member", ["status", "standing", "category"])
def test_a_wrong_type_that_may_decide_keeps_somebody_out(member: str) -> None:
    (row,) = parse(participants=[person_with(member, 7)]).page.participants
    assert row[column("standing")] == f"unclear:{member}"


def test_a_row_of_a_newer_hub_may_be_longer_and_of_an_older_one_shorter() -> None:
    longer, shorter = [*person("1"), "new"], person("2")[:7]
    pulled = parse(participants=[longer, shorter])
    assert [row[0] for row in pulled.page.participants] == ["1", "2"]
    assert {len(row) for row in pulled.page.participants} == {len(PARTICIPANT_FIELDS)}
    assert pulled.aside == ()


@pytest.mark.parametrize("row", [None, 5, [], {}, [None], [""], "text", [7, "Ada"]])
def test_a_row_that_names_nobody_is_counted(row: Any) -> None:
    pulled = parse(participants=[row, person("2")])
    assert [row[0] for row in pulled.page.participants] == ["2"]
    assert pulled.dropped_participants == 1
    assert pulled.lost_rows


def test_each_member_of_a_participant_has_a_filler() -> None:
    assert set(PARTICIPANT_FIELDS) - {"id"} <= set(pull_pages._PERSON_FILLERS)


@pytest.mark.parametrize("model", [EventRow, CheckpointRow])
def test_each_member_of_an_event_and_a_checkpoint_has_a_filler(
    model: type[EventRow] | type[CheckpointRow],
) -> None:
    without = {"id", "tenant_id", "event_id", "unclear"}
    assert set(model.model_fields) - without <= set(pull_pages._FILLERS[model])


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("reentry", "twice"),
        ("direction", "sideways"),
        ("opens_at", "25:99"),
        ("closes_at", "soon"),
        ("allowed_categories", {"not": "a list"}),
        ("zone", 5),
        ("active", "perhaps"),
        ("roster_max_age_s", 2**70),
    ],
)
def test_a_checkpoint_with_a_rule_that_is_not_understood_holds_people(member: str, value: Any) -> None:
    pulled = parse(checkpoints=[CHECKPOINT_ROW | {member: value}, CHECKPOINT_ROW | {"id": "2"}])
    unclear, clear = pulled.page.checkpoints
    assert checkpoint_rules(unclear).unclear
    assert not checkpoint_rules(clear).unclear
    assert pulled.aside[0].member == member


@pytest.mark.parametrize(
    ("member", "value", "rule"),
    [
        ("unknown_tickets", "perhaps", "hold"),
        ("stale_roster", "explode", "hold"),
        ("type", "balloon", "gate"),
    ],
)
def test_a_policy_whose_safe_side_is_known_takes_it(member: str, value: str, rule: str) -> None:
    (row,) = parse(checkpoints=[CHECKPOINT_ROW | {member: value}]).page.checkpoints
    assert getattr(row, member) == rule
    assert row.unclear == ()


@pytest.mark.parametrize(
    ("member", "value"), [("status", "POSTPONED"), ("starts_at_ms", "noon"), ("ends_at_ms", None)]
)
def test_an_event_with_a_rule_that_is_not_understood_holds_people(member: str, value: Any) -> None:
    (row,) = parse(events=[EVENT_ROW | {member: value}]).page.events
    assert event_rules(row).unclear


def test_an_events_unknown_capacity_holds_nobody() -> None:
    (row,) = parse(events=[EVENT_ROW | {"capacity": "many"}]).page.events
    assert not event_rules(row).unclear


def test_a_presence_with_an_unknown_direction_counts_as_inside() -> None:
    good = ["hall", "p1", "exit", 5, "gate", 1, 1]
    pulled = parse(presence=[good, ["hall", "p2", "beamed", 5, "gate", 1, 1], ["hall"], None])
    assert [(row[1], row[2]) for row in pulled.page.presence] == [
        ("p1", Direction.EXIT),
        ("p2", Direction.ENTRY),
    ]
    assert pulled.lost_rows
    assert not parse(presence=[good, ["hall", "p2", "beamed", 5, "gate", 1, 1]]).lost_rows


def test_a_number_that_no_database_takes_stops_nothing() -> None:
    pulled = parse(
        presence=[["hall", "p1", "entry", 2**80, "gate", 1, 1]],
        occupancy=[
            {"zone": "", "current": 2**80, "capacity": None},
            {"zone": "a", "current": 1, "capacity": None},
        ],
    )
    assert pulled.page.presence == ()
    assert [row.zone for row in pulled.page.occupancy] == ["a"]


def test_an_empty_list_of_keys_is_not_believed() -> None:
    pulled = parse(keys=[])
    assert pulled.page.keys is None
    assert pulled.aside == (NotUnderstood("keys", "", "keys"),)


def test_a_key_of_a_new_kind_leaves_the_others_and_the_old_one_of_its_id() -> None:
    pulled = parse(keys=[KEY, {"kid": "k2", "algorithm": "new", "material": "?"}])
    assert [key.kid for key in pulled.page.keys or ()] == ["k1"]
    assert pulled.unclear_keys == {"k2"}


@pytest.mark.parametrize(
    "kind", ["participants", "events", "checkpoints", "presence", "occupancy", "conflicts", "keys"]
)
def test_a_kind_that_is_no_list_stops_nothing(kind: str) -> None:
    pulled = parse(**{kind: {"new": "form"}})
    assert getattr(pulled.page, kind) in ((), None)
    assert pulled.aside[0].kind == kind
    assert pulled.lost_rows


def test_a_member_with_many_items_is_left_out_before_it_is_checked() -> None:
    pulled = parse(checkpoints=[CHECKPOINT_ROW | {"allowed_categories": [1] * 100_000}])
    assert pulled.page.checkpoints == ()
    assert pulled.lost_rows


@pytest.mark.parametrize("value", [None, [], "page", 7, {}, {"epoch": "e"}])
def test_what_is_no_page_is_refused(value: object) -> None:
    with pytest.raises(InvalidHubResponse):
        parse_pull_page(value)


@pytest.mark.parametrize("member", ["epoch", "cursor", "more", "snapshot", "server_time_ms"])
def test_the_pages_own_members_must_be_understood(member: str) -> None:
    with pytest.raises(InvalidHubResponse):
        parse(**{member: {"new": "form"}})


def test_too_many_rows_are_refused_before_they_are_checked() -> None:
    with pytest.raises(ResponseTooLarge):
        parse(occupancy=[1] * (MAX_ROWS + 1))


def test_a_page_of_another_world_leaves_a_short_list_without_names() -> None:
    pulled = parse(
        participants=[person(str(number), "Secret", "Name", status="NEW") for number in range(500)]
    )
    assert len(pulled.aside) == MAX_ASIDE
    assert "Secret" not in repr(pulled.aside)


def test_only_words_of_a_list_are_repeated_for_the_operator() -> None:
    pulled = parse(events=[EVENT_ROW | {"status": "POSTPONED", "starts_at_ms": "Ada Lovelace"}])
    assert {(entry.member, entry.word) for entry in pulled.aside} == {
        ("status", "POSTPONED"),
        ("starts_at_ms", ""),
    }


def operators_in(*rows: Any) -> Any:
    return parse(operators=list(rows)).page.operators


def test_an_operator_who_is_not_understood_never_makes_the_list_empty() -> None:
    mara = {"id": "op-1", "name": "Mara", "role": "supervisor", "verifier": "scrypt$x", "since": 5}
    (known,) = operators_in(mara)
    assert (known.role, known.verifier) == (OperatorRole.SUPERVISOR, "scrypt$x")
    (newer,) = operators_in(mara | {"role": "inspector"})
    assert (newer.role, newer.verifier) == (OperatorRole.STEWARD, "scrypt$x")
    (unprovable,) = operators_in(mara | {"verifier": {"v": 2}})
    assert (unprovable.role, unprovable.verifier) == (OperatorRole.SUPERVISOR, "")
    assert len(operators_in(mara, {"name": "Nobody"}, 7)) == 1
    assert operators_in({"name": "Nobody"}, 7) is None
    assert operators_in() == ()
    assert parse().page.operators is None


def test_a_station_of_the_network_that_is_not_understood_is_left_out() -> None:
    known = {"id": "d-2", "name": "Side gate", "public_key": "dk1", "later": 1}
    page = parse(peers=[known, {"id": 7}, "x", known | {"port": 0}])
    assert [peer.id for peer in page.page.peers or ()] == ["d-2"]
    assert not page.lost_rows
    assert parse(peers="later").page.peers is parse().page.peers is None
    assert parse(peers=[]).page.peers == ()


QUEUE = {"id": "q" * 36, "event_id": "e", "name": "Desk", "letter": "A"}
ACTION = {
    "id": "a" * 36,
    "kind": "called",
    "event_id": "e",
    "queue_id": "q" * 36,
    "ticket_id": "t" * 36,
    "service_date": "2026-06-11",
    "tick": 1,
    "at_ms": 1,
}


def test_a_word_of_a_queue_that_is_not_understood_sets_its_row_aside_and_stops_nothing_else() -> None:
    queue = {
        "queues": [QUEUE, QUEUE | {"letter": "1"}, 5],
        "counters": "none",
        "actions": [ACTION, ACTION | {"kind": "teleported"}],
        "blocks": [{"id": "b", "queue_id": "q", "service_date": "2026-06-11", "first": 1, "last": "x"}],
        "lane": "7",
        "status_url": 5,
        "newer": True,
    }
    pulled = parse(queue=queue, keys=[KEY], participants=[person("1", standing="blocked:EXACT")])
    assert pulled.page.queue is not None
    assert [row.letter for row in pulled.page.queue.queues] == ["A"]
    assert [action.kind for action in pulled.page.queue.actions] == ["called"]
    assert (pulled.page.queue.lane, pulled.page.queue.status_url) == ("", "")
    for word, is_on in ((False, False), ("no", None)):
        again = parse(queue=queue | {"is_on": word}).page.queue
        assert (again and again.is_on) is is_on
    assert pulled.page.keys is not None
    assert len(pulled.page.participants) == 1
    assert {(row.kind, row.member) for row in pulled.aside} == {
        ("queue queues", "letter"),
        ("queue queues", ""),
        ("queue actions", "kind"),
        ("queue blocks", "last"),
    }
    assert not pulled.lost_rows


@pytest.mark.parametrize("queue", [None, 5, [], "x"])
def test_a_page_without_queues_that_can_be_read_has_none(queue: Any) -> None:
    assert parse(queue=queue).page.queue is None

"""People and entries: who is refused, who is asked about, and until when."""

from datetime import UTC, datetime
from typing import Any

import pytest

from hub_sync.contract.clock import ManualClock
from hub_sync.contract.sync import BLOCKED, FLAGGED
from hub_sync.hub.domains.blacklist import service
from hub_sync.hub.domains.blacklist.matching import is_similar
from hub_sync.hub.domains.blacklist.tables import HitStatus
from hub_sync.hub.domains.duplicates.merging.merge import MergeRequest, merge
from hub_sync.hub.domains.duplicates.merging.undo import undo
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.errors import RegistrationRefused
from hub_sync.hub.kit.events.change_feed import FeedKey
from tests.hub_sync.hub.domains.blacklist.conftest import ListKeeper

ONE_DATABASE = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


@pytest.mark.parametrize(
    ("entry", "person"),
    [
        (("name", "Müller, Anna-Lena"), {"name": "anna lena MUELLER"}),
        (("email", "Mallory@Example.org"), {"email": "mallory+vip@EXAMPLE.org"}),
        (("email", "m.allory@gmail.com"), {"email": "mallory@googlemail.com"}),
        (("phone", "+49 30 1234567"), {"phone": "030 / 123 45 67"}),
        (("phone", "0049 30 1234567"), {"phone": "+49 (0)30-1234567"}),
        (("document", "C01X 00T47"), {"extra": {"Passport number": "c01x-00t47"}}),
        (("domain", "@Example.org"), {"email": "x@mail.example.org"}),
    ],
)
@ONE_DATABASE
def test_an_exact_hit_blocks_a_registration_however_it_is_spelled(
    keeper: ListKeeper, entry: tuple[str, str], person: dict[str, Any]
) -> None:
    keeper.add(*entry)
    name = person.pop("name", "Somebody Else")
    with pytest.raises(RegistrationRefused) as refused:
        keeper.register(name, **person)
    assert refused.value.parameters == {}, "nothing says why, or by which entry"
    assert keeper.register("Grace Hopper", email="grace@example.com", phone="+49 30 7654321")


@pytest.mark.parametrize(
    "name", ["Max Mustermann", "Mustermann, Max", "Max Musterman", "Max Peter Mustermann", "Máx Mustermann"]
)
@ONE_DATABASE
def test_a_similar_name_only_asks_a_person(keeper: ListKeeper, name: str) -> None:
    keeper.add("name", "Max Mustermann", match="FUZZY", action="FLAG")
    person = keeper.register(name)
    (hit,) = keeper.hits(person)
    assert (keeper.standing(person), hit.status) == (FLAGGED, HitStatus.PENDING)


def test_names_are_similar_only_if_they_may_be_one_persons() -> None:
    assert not is_similar("hopper grace", "ada lovelace")
    assert not is_similar("maria", "maria schmidt"), "one word is not enough"
    assert not is_similar("", "")
    assert not is_similar("", "ada lovelace")
    assert is_similar("jon smith", "john smith")


def test_one_refused_person_keeps_all_of_an_import_out(keeper: ListKeeper) -> None:
    keeper.add("email", "mallory@example.org")
    people = [
        participants.NewParticipant(first_name="A", last_name=str(n), email=f"p{n}@example.com")
        for n in range(30)
    ]
    key = (keeper.seeded.tenant_id, keeper.seeded.event_id)
    with pytest.raises(RegistrationRefused), keeper.hub.uow.begin() as work:
        participants.create_many(
            work, *key, [*people, people[0].model_copy(update={"email": "Mallory@example.org"})]
        )
    keeper.add("email", "p7@example.com", action="FLAG")
    with keeper.hub.uow.begin() as work:
        ids = participants.create_many(work, *key, people)
    assert [keeper.standing(id_) for id_ in (ids[6], ids[7])] == ["", FLAGGED]
    assert len(keeper.hits(ids[7])) == 1


def test_an_entry_holds_back_who_is_registered_already_and_frees_them_when_it_goes(
    keeper: ListKeeper,
) -> None:
    ada, grace = keeper.register(email="ada@example.org"), keeper.register("Grace Hopper")
    entry = keeper.add("email", "ADA@example.org", reason="secret")
    assert keeper.job.run_once() == 1
    assert (keeper.standing(ada), keeper.standing(grace)) == (BLOCKED, "")
    assert keeper.job.run_once() == 0, "it is done once"
    keeper.remove(entry)
    assert keeper.job.run_once() == 1
    assert (keeper.standing(ada), keeper.hits(ada)) == ("", [])


def test_a_changed_person_is_screened_again_at_once(keeper: ListKeeper) -> None:
    keeper.add("email", "mallory@example.org")
    person = keeper.register(email="ada@example.org")
    keeper.change(person, email="mallory@example.org")
    assert keeper.standing(person) == BLOCKED
    keeper.change(person, category="Guest")
    assert keeper.standing(person) == BLOCKED
    keeper.change(person, email=None)
    assert (keeper.standing(person), keeper.hits(person)) == ("", [])


def test_a_decision_holds_until_the_compared_data_changes(keeper: ListKeeper) -> None:
    entry = keeper.add("name", "Max Mustermann", match="FUZZY", action="FLAG")
    person = keeper.register("Max Musterman")
    (hit,) = keeper.hits(person)
    key = keeper.seeded.tenant_id
    with keeper.hub.uow.begin("user:ada@example.org") as work:
        service.decide(work, key, hit.id, HitStatus.DISMISSED, hit.version)
    assert keeper.standing(person) == ""
    keeper.change(person, email="max@example.org")
    keeper.add("email", "nobody@example.net")
    keeper.job.run_once()
    assert (keeper.standing(person), keeper.hits(person)[0].decided_by) == ("", "user:ada@example.org")
    keeper.change(person, first_name="Maxx")
    assert (keeper.standing(person), keeper.hits(person)[0].status) == (FLAGGED, HitStatus.PENDING)
    with keeper.hub.uow.begin() as work:
        service.decide(work, key, hit.id, HitStatus.BLOCKED)
    assert keeper.standing(person) == BLOCKED, "a person may block where an entry may not"
    keeper.remove(entry)
    keeper.job.run_once()
    assert keeper.standing(person) == ""


def test_a_merged_or_deleted_person_stays_what_they_are_and_a_deleted_one_has_no_hits(
    keeper: ListKeeper,
) -> None:
    merged, gone = keeper.register(email="a@example.org"), keeper.register(email="b@example.org")
    with keeper.hub.uow.begin() as work:
        key = (keeper.seeded.tenant_id, keeper.seeded.event_id)
        participants.get(work, *key, merged).standing = f"merged:{gone}"
    keeper.add("domain", "example.org")
    keeper.job.run_once()
    assert (keeper.standing(merged), keeper.standing(gone)) == (f"merged:{gone}", BLOCKED)
    with keeper.hub.uow.begin() as work:
        participants.delete(work, *key, gone)
    assert keeper.hits(gone) == []


@ONE_DATABASE
def test_days_are_whole_ones_in_the_events_zone_through_the_end_of_summer_time(
    keeper: ListKeeper, clock: ManualClock
) -> None:
    """The 25 October 2026 has 25 hours in Berlin: from 22:00 UTC on the 24th to 23:00 UTC on the 25th."""
    person = keeper.register(email="ada@example.org")
    with keeper.hub.uow.begin() as work:
        event = events.get(work, keeper.seeded.tenant_id, keeper.seeded.event_id)
        event.ends_at = datetime(2026, 12, 1, tzinfo=UTC)
    keeper.add("email", "ada@example.org", valid_from="2026-10-25", valid_until="2026-10-25")
    moments = [
        (datetime(2026, 10, 24, 21, 59, 59, tzinfo=UTC), ""),
        (datetime(2026, 10, 24, 22, 0, 0, tzinfo=UTC), BLOCKED),
        (datetime(2026, 10, 25, 22, 59, 59, tzinfo=UTC), BLOCKED),
        (datetime(2026, 10, 25, 23, 0, 0, tzinfo=UTC), ""),
    ]
    for at, standing in moments:
        clock.at = at
        keeper.job.run_once()
        assert keeper.standing(person) == standing, at


def test_a_block_of_a_merged_registration_holds_for_the_one_it_was_merged_into(keeper: ListKeeper) -> None:
    loser, survivor = keeper.register(email="mallory@example.org"), keeper.register(email="ada@example.org")
    key = (keeper.seeded.tenant_id, keeper.seeded.event_id)
    with keeper.hub.uow.begin() as work:
        row = participants.get(work, *key, loser)
        row.standing, row.deleted_at = f"merged:{survivor}", work.now()
    entry = keeper.add("email", "mallory@example.org")
    assert keeper.job.run_once() == 1
    assert keeper.standing(survivor) == BLOCKED
    keeper.change(survivor, email="ada.l@example.org")
    keeper.add("email", "nobody@example.net")
    keeper.job.run_once()
    assert keeper.standing(survivor) == BLOCKED, "a later sweep does not free them"
    with keeper.hub.uow.read() as work:
        kept = work.session.get(participants.Participant, (key[0], loser))
        assert kept is not None
        assert kept.standing == f"merged:{survivor}"
    keeper.remove(entry)
    keeper.job.run_once()
    assert keeper.standing(survivor) == ""


def test_who_is_parted_from_a_blocked_registration_is_free_and_the_other_is_blocked(
    keeper: ListKeeper,
) -> None:
    loser, survivor = keeper.register(email="mallory@example.org"), keeper.register(email="ada@example.org")
    key = FeedKey(keeper.seeded.tenant_id, keeper.seeded.event_id)
    with keeper.hub.uow.begin() as work:
        merged = merge(work, *key, MergeRequest(survivor, loser)).id
    keeper.add("email", "mallory@example.org")
    keeper.job.run_once()
    assert keeper.standing(survivor) == BLOCKED
    with keeper.hub.uow.begin() as work:
        undo(work, key, merged)
    assert (keeper.standing(survivor), keeper.standing(loser)) == ("", BLOCKED)

"""Merges: what is chosen, who is inside, what is refused, and that an undo restores everything or says what is in its way."""

from typing import Any

import pytest
from sqlalchemy import select, text

from hub_sync.contract.enums import Direction, ParticipantStatus, ScanResult
from hub_sync.contract.sync import PushResponse
from hub_sync.hub.domains import all_tables
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.check_in.occupancy import projection
from hub_sync.hub.domains.check_in.tables import OccupancyFlow, ZonePresence
from hub_sync.hub.domains.devices.service import AuthenticatedDevice
from hub_sync.hub.domains.duplicates.errors import (
    MergeChoiceUnknown,
    MergeUndoBlocked,
    MergeUndoConflict,
    MergeUndone,
    MergeWithItself,
)
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.errors import (
    ParticipantChanged,
    ParticipantMergedAlready,
    ParticipantNotFound,
)
from hub_sync.hub.domains.sync.push.service import push
from hub_sync.hub.domains.waitlist.tables import WaitlistEntry
from tests.hub_sync.hub.domains.duplicates.conftest import Duplicates
from tests.hub_sync.hub.station_client import Journal

SQLITE = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
VOLATILE = {"participants": ("version", "updated_at", "feed_seq")}
"""What grows with every change, also with one that restores everything else."""


def dump(event: Duplicates, *tables: str) -> dict[str, list[tuple[Any, ...]]]:
    with event.hub.uow.read() as work:
        return {
            name: sorted(
                tuple(value for column, value in row._mapping.items() if column not in VOLATILE.get(name, ()))
                for row in work.connection.execute(select(all_tables().tables[name]))
            )
            for name in tables
        }


def _station(event: Duplicates) -> AuthenticatedDevice:
    seeded = event.seeded
    return AuthenticatedDevice(seeded.device_id, seeded.tenant_id, seeded.event_id, None, "")


def scan(event: Duplicates, journal: Journal, who: str, way: Direction = Direction.ENTRY) -> None:
    item = journal.scan(participant_id=who, direction=way, scan_type="QR", zone="hall-a")
    with event.hub.uow.begin() as work:
        answer = push(work, _station(event), journal.request(item))
    assert isinstance(answer, PushResponse)
    assert [str(verdict.verdict) for verdict in answer.verdicts] == ["ACCEPTED"]


@pytest.fixture
def gate(duplicates: Duplicates) -> Journal:
    seeded = duplicates.seeded
    return Journal(seeded.device_id, seeded.event_id, seeded.gate_id)


@SQLITE
def test_fields_are_chosen_and_empty_ones_are_filled(duplicates: Duplicates) -> None:
    merged = duplicates.merge("ada", "ada-2", choices={"group_ref": "survivor"})
    survivor = duplicates.person("ada")
    assert (survivor.phone, survivor.group_ref) == ("+44 20 7946 0018", "")
    assert survivor.extra == {"diet": "none", "badge": "blue"}
    assert merged.choices == {"extra": "loser", "phone": "loser"}
    loser = duplicates.person("ada-2")
    assert loser.standing == "merged:ada"
    assert loser.last_name == "Lovelace"


@SQLITE
def test_a_merged_registration_is_in_no_list_and_nothing_changes_it(duplicates: Duplicates) -> None:
    duplicates.merge("ada", "ada-2")
    with duplicates.hub.uow.begin() as work:
        assert participants.count(work, *duplicates.key) == 2
        listed = work.session.scalars(participants.of_event(*duplicates.key)).all()
        assert {person.id for person in listed} == {"ada", "bo"}
        for act in (participants.delete, participants.restore, participants.replace_tickets):
            with pytest.raises(ParticipantNotFound):
                act(work, *duplicates.key, "ada-2")


def test_both_codes_and_ids_find_the_survivor(duplicates: Duplicates) -> None:
    duplicates.merge("ada", "ada-2")
    with duplicates.hub.uow.read() as work:
        by_code = participants.find_person_by_code(work.session, duplicates.key, "code ada 2")
        assert by_code is not None
        assert by_code.person.id == "ada"
        named = participants.find_persons(work.session, duplicates.key, ["ada-2", "bo"])
        assert named["ada-2"].person.id == "ada"
        assert named["ada-2"].person.standing == ""
        assert participants.events_of(work.session, "ada-2") == [duplicates.key]


def test_whoever_is_inside_twice_is_one_person_and_two_again_after_the_undo(
    duplicates: Duplicates, gate: Journal
) -> None:
    for who in ("ada", "ada-2", "bo"):
        scan(duplicates, gate, who)
    before = dump(duplicates, "participants", "occupancy_flows")
    assert duplicates.inside() == 3
    merged = duplicates.merge("ada", "ada-2")
    assert duplicates.inside() == 2
    duplicates.undo(merged.id)
    assert duplicates.inside() == 3
    assert dump(duplicates, "participants", "occupancy_flows") == before


def test_the_survivor_has_the_entries_of_both_and_a_new_scan_of_the_loser_is_the_survivors(
    duplicates: Duplicates, gate: Journal
) -> None:
    scan(duplicates, gate, "ada-2")
    duplicates.merge("ada", "ada-2")
    scan(duplicates, gate, "ada-2", Direction.EXIT)
    assert duplicates.inside() == 0
    scan(duplicates, gate, "ada-2")
    scan(duplicates, gate, "ada")
    assert duplicates.inside() == 1
    with duplicates.hub.uow.read() as work:
        presences = {
            row.participant_id: (row.direction, row.entries, row.at_ms)
            for row in work.session.scalars(select(ZonePresence))
        }
        assert presences["ada"][:2] == (Direction.ENTRY, 3)
        assert presences["ada-2"] == (Direction.EXIT, 0, 0)
        assert len(check_in.last_scans(work, duplicates.key, "ada", 20)) == 4


def test_what_is_rebuilt_from_the_log_is_the_same(duplicates: Duplicates, gate: Journal) -> None:
    for who in ("ada", "ada-2", "bo"):
        scan(duplicates, gate, who)
    duplicates.merge("ada", "ada-2")
    scan(duplicates, gate, "ada-2", Direction.EXIT)
    with duplicates.hub.uow.begin() as work:
        stored = {row.zone: row.current for row in projection.counts(work, *duplicates.key)}
        flows = sorted(
            (row.zone, row.minute, row.entries, row.exits)
            for row in work.session.scalars(select(OccupancyFlow))
            if row.entries or row.exits
        )
        projection.rebuild(work, *duplicates.key)
    with duplicates.hub.uow.read() as work:
        assert {row.zone: row.current for row in projection.counts(work, *duplicates.key)} == stored
        assert flows == sorted(
            (row.zone, row.minute, row.entries, row.exits)
            for row in work.session.scalars(select(OccupancyFlow))
            if row.entries or row.exits
        )


def test_of_two_places_on_the_waitlist_one_stays_and_none_vanishes(duplicates: Duplicates) -> None:
    with duplicates.hub.uow.begin() as work:
        for id_ in ("ada", "ada-2"):
            entry = WaitlistEntry(
                tenant_id=duplicates.key.tenant_id,
                id=f"w-{id_}",
                event_id=duplicates.key.event_id,
                participant_id=id_,
                joined_at=work.now(),
            )
            work.session.add(entry)
    before = dump(duplicates, "waitlist_entries")
    merged = duplicates.merge("ada", "ada-2")
    assert dump(duplicates, "waitlist_entries") == before
    (retained,) = merged.moved_rows["retained"]["waitlist_entries.participant_id"]
    assert retained["id"] == "w-ada-2"
    with duplicates.hub.uow.begin() as work:
        work.session.execute(text("DELETE FROM waitlist_entries WHERE id = 'w-ada'"))
    duplicates.undo(merged.id)
    moved = duplicates.merge("ada", "ada-2")
    with duplicates.hub.uow.read() as work:
        assert work.session.scalars(select(WaitlistEntry.participant_id)).all() == ["ada"]
    duplicates.undo(moved.id)
    with duplicates.hub.uow.read() as work:
        assert work.session.scalars(select(WaitlistEntry.participant_id)).all() == ["ada-2"]


@SQLITE
def test_a_registration_and_itself_or_one_that_is_merged_are_refused(duplicates: Duplicates) -> None:
    with pytest.raises(MergeWithItself):
        duplicates.merge("ada", "ada")
    with pytest.raises(MergeChoiceUnknown):
        duplicates.merge("ada", "ada-2", choices={"registration_code": "loser"})
    with pytest.raises(ParticipantNotFound):
        duplicates.merge("ada", "nobody")
    duplicates.merge("ada", "ada-2")
    for survivor, loser in (("ada", "ada-2"), ("ada-2", "ada"), ("bo", "ada-2"), ("ada-2", "bo")):
        with pytest.raises(ParticipantMergedAlready) as refused:
            duplicates.merge(survivor, loser)
        assert refused.value.parameters["survivor_id"] == "ada"


@SQLITE
def test_who_was_edited_since_the_page_was_read_is_not_merged(duplicates: Duplicates) -> None:
    duplicates.change("ada-2", phone="+44 1")
    for versions in ({"survivor_version": 1, "loser_version": 1}, {"survivor_version": 7}):
        with pytest.raises(ParticipantChanged):
            duplicates.merge("ada", "ada-2", **versions)
    duplicates.merge("ada", "ada-2", survivor_version=1, loser_version=2)


@SQLITE
def test_a_blocked_registration_makes_the_survivor_blocked(duplicates: Duplicates) -> None:
    with duplicates.hub.uow.begin() as work:
        participants.get(work, *duplicates.key, "ada-2").standing = "blocked:no"
    merged = duplicates.merge("ada", "ada-2")
    assert duplicates.person("ada").standing == "blocked:no"
    duplicates.undo(merged.id)
    assert duplicates.person("ada").standing == ""
    assert duplicates.person("ada-2").standing == "blocked:no"


@SQLITE
def test_an_undo_names_what_was_edited_since_and_can_leave_it(duplicates: Duplicates) -> None:
    merged = duplicates.merge("ada", "ada-2")
    duplicates.change("ada", phone="+44 99", email="new@example.org")
    with pytest.raises(MergeUndoConflict) as refused:
        duplicates.undo(merged.id)
    assert refused.value.parameters["conflicts"] == "phone", "the merge did not change the address"
    duplicates.undo(merged.id, keep_changes=True)
    survivor = duplicates.person("ada")
    assert (survivor.phone, survivor.email, survivor.group_ref) == ("+44 99", "new@example.org", "")
    assert duplicates.person("ada-2").standing == ""
    with pytest.raises(MergeUndone):
        duplicates.undo(merged.id)


def test_a_chain_is_taken_apart_from_its_end(duplicates: Duplicates, gate: Journal) -> None:
    for who in ("ada-2", "bo"):
        scan(duplicates, gate, who)
    first = duplicates.merge("ada", "ada-2")
    second = duplicates.merge("bo", "ada")
    assert duplicates.inside() == 1
    with duplicates.hub.uow.read() as work:
        assert participants.merged_into(work.session, duplicates.key, "bo") == {"ada", "ada-2"}
    with pytest.raises(MergeUndoBlocked) as refused:
        duplicates.undo(first.id)
    assert refused.value.parameters["merge_id"] == second.id
    duplicates.undo(second.id)
    assert duplicates.inside() == 2
    duplicates.undo(first.id)
    assert {duplicates.person(id_).standing for id_ in ("ada", "ada-2", "bo")} == {""}


@SQLITE
def test_two_merges_into_one_are_undone_in_any_order(duplicates: Duplicates) -> None:
    duplicates.register("ada-3", first_name="Ada", last_name="Lovelace")
    before = dump(duplicates, "participants")
    first = duplicates.merge("ada", "ada-2")
    second = duplicates.merge("ada", "ada-3")
    duplicates.undo(first.id)
    duplicates.undo(second.id)
    assert dump(duplicates, "participants") == before


@SQLITE
def test_the_status_of_the_loser_counts_only_if_it_is_chosen(duplicates: Duplicates) -> None:
    with duplicates.hub.uow.begin() as work:
        participants.update_status(work, *duplicates.key, "ada-2", ParticipantStatus.CANCELLED)
    merged = duplicates.merge("ada", "ada-2")
    assert duplicates.person("ada").status is ParticipantStatus.APPROVED
    duplicates.undo(merged.id)
    duplicates.merge("ada", "ada-2", choices={"status": "loser"})
    assert duplicates.person("ada").status is ParticipantStatus.CANCELLED


@SQLITE
def test_a_merge_and_its_undo_are_audited_and_emitted(duplicates: Duplicates) -> None:
    merged = duplicates.merge("ada", "ada-2")
    duplicates.undo(merged.id)
    with duplicates.hub.uow.read() as work:
        actions = work.session.execute(
            text(
                "SELECT entity, action, actor FROM audit_logs WHERE action IN ('merge', 'undo', 'undo_merge')"
            )
        ).all()
        assert sorted(tuple(row) for row in actions) == [
            ("merge", "merge", "user:1"),
            ("merge", "undo", "user:1"),
            ("participant", "merge", "user:1"),
            ("participant", "merge", "user:1"),
            ("participant", "undo_merge", "user:1"),
            ("participant", "undo_merge", "user:1"),
        ]
        emitted = work.session.execute(
            text("SELECT type, entity_id FROM domain_events WHERE type LIKE 'ParticipantMerge%' ORDER BY id")
        ).all()
        assert [tuple(row) for row in emitted] == [
            ("ParticipantMerged", "ada"),
            ("ParticipantMergeUndone", "ada"),
        ]


@SQLITE
def test_a_refused_scan_of_nobody_is_of_no_consequence(duplicates: Duplicates, gate: Journal) -> None:
    duplicates.merge("ada", "ada-2")
    item = gate.scan(participant_id=None, result=ScanResult.INVALID, reason="not_a_ticket", zone="hall-a")
    with duplicates.hub.uow.begin() as work:
        push(work, _station(duplicates), gate.request(item))
    assert duplicates.inside() == 0

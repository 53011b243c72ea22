"""Events, participants, checkpoints, flags and accounts: what they accept, refuse and write down."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from pydantic import ValidationError
from sqlalchemy import text

from hub_sync.contract.clock import ManualClock
from hub_sync.contract.enums import EventStatus, ParticipantStatus
from hub_sync.hub.domains import registry
from hub_sync.hub.domains.accounts import service as accounts
from hub_sync.hub.domains.accounts.errors import EmailTaken, PasswordTooWeak
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.check_in.errors import (
    CheckpointChanged,
    CheckpointExists,
    CheckpointNotFound,
    OpeningHoursIncomplete,
)
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.errors import EventChanged, EventDatesReversed, EventExists, EventNotFound
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.errors import (
    ParticipantChanged,
    ParticipantNotFound,
    RegistrationCodeTaken,
    RegistrationCodeUnusable,
)
from hub_sync.hub.domains.waitlist.manifest import FF_WAITLIST
from hub_sync.hub.domains.webhooks.manifest import FF_WEBHOOKS
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.feature_flags import FF_REST_API
from hub_sync.hub.kit.security.permissions import Role
from tests.hub_sync.hub.conftest import Seeded

New = participants.NewParticipant


def facts_of(hub: HubContext, entity_id: str) -> list[str]:
    with hub.uow.read() as work:
        query = text("SELECT type FROM domain_events WHERE entity_id = :id ORDER BY id")
        return list(work.session.execute(query, {"id": entity_id}).scalars())


# --- events -------------------------------------------------------------------------------------


def test_an_event_is_changed_field_by_field_and_leaves_before_and_after(
    hub: HubContext, seeded: Seeded
) -> None:
    key = (seeded.tenant_id, seeded.event_id)
    with hub.uow.begin() as work:
        changed = events.update(
            work, *key, events.EventChanges(capacity=None, status=EventStatus.CANCELLED), if_version=1
        )
        assert (changed.version, changed.capacity, changed.name) == (2, None, "Summit")
    with hub.uow.begin() as work:
        with pytest.raises(EventChanged):
            events.update(work, *key, events.EventChanges(name="Late"), if_version=1)
        last = audit.entries_of(work, seeded.tenant_id, "event", seeded.event_id)[-1]
    assert last.before == {"capacity": 500, "status": "PUBLISHED", "version": 1}
    assert last.after == {"capacity": None, "status": "CANCELLED", "version": 2}
    assert facts_of(hub, seeded.event_id) == ["EventCreated", "EventUpdated"]


def test_an_event_in_another_zones_time_is_stored_as_the_same_instant(
    hub: HubContext, seeded: Seeded
) -> None:
    tokyo = timezone(timedelta(hours=9))
    with hub.uow.begin() as work:
        made = events.create(
            work,
            seeded.tenant_id,
            events.NewEvent(
                slug="tokyo",
                name="Tokyo",
                starts_at=datetime(2026, 6, 10, 9, tzinfo=tokyo),
                ends_at=datetime(2026, 6, 10, 18, tzinfo=tokyo),
                time_zone="Asia/Tokyo",
            ),
        )
    with hub.uow.read() as work:
        (told,) = events.change_of(work, FeedKey(seeded.tenant_id, made.id), 0, 99)
    assert told[1].starts_at_ms == int(datetime(2026, 6, 10, 0, tzinfo=UTC).timestamp() * 1000)


def test_events_refuse_what_makes_no_sense(hub: HubContext, seeded: Seeded, clock: ManualClock) -> None:
    good = {
        "slug": "a",
        "name": "A",
        "starts_at": clock.now(),
        "ends_at": clock.now() + timedelta(hours=1),
        "time_zone": "Europe/Berlin",
    }
    for bad in (
        {"time_zone": "Europe/Atlantis"},
        {"time_zone": "../etc/passwd"},
        {"slug": "Not A Slug"},
        {"name": "  "},
        {"name": "a\x00b"},
        {"capacity": -1},
        {"starts_at": datetime(2026, 1, 1)},  # noqa: DTZ001
    ):
        with pytest.raises(ValidationError):
            events.NewEvent.model_validate(good | bad)
    with hub.uow.begin() as work:
        with pytest.raises(EventDatesReversed):
            events.create(
                work, seeded.tenant_id, events.NewEvent.model_validate(good | {"ends_at": clock.now()})
            )
        with pytest.raises(EventExists):
            events.create(work, seeded.tenant_id, events.NewEvent.model_validate(good | {"slug": "summit"}))
        with pytest.raises(EventNotFound):
            events.get(work, "another-tenant", seeded.event_id)


# --- participants -------------------------------------------------------------------------------


def test_a_participant_without_a_code_gets_one_that_is_found_as_typed(
    hub: HubContext, seeded: Seeded
) -> None:
    key = (seeded.tenant_id, seeded.event_id)
    with hub.uow.begin() as work:
        one = participants.create(work, *key, New(first_name="Ada"))
    with hub.uow.read() as work:
        typed = f" {one.registration_code.lower().replace('-', ' ')} "
        assert participants.get_by_code(work, *key, typed).id == one.id
        with pytest.raises(ParticipantNotFound):
            participants.get_by_code(work, *key, one.id)


def test_codes_that_read_the_same_are_the_same(hub: HubContext, seeded: Seeded) -> None:
    key = (seeded.tenant_id, seeded.event_id)
    with hub.uow.begin() as work:
        participants.create(work, *key, New(registration_code="REG-0O1L"))
        with pytest.raises(RegistrationCodeTaken):
            participants.create(work, *key, New(registration_code="reg 00 11"))
        with pytest.raises(RegistrationCodeUnusable):
            participants.create(work, *key, New(registration_code="-–-"))


def test_status_changes_count_versions_and_tell_once(hub: HubContext, seeded: Seeded) -> None:
    key = (seeded.tenant_id, seeded.event_id)
    with hub.uow.begin() as work:
        one = participants.create(work, *key, New())
        participants.update_status(work, *key, one.id, ParticipantStatus.APPROVED, if_version=1)
        participants.update_status(work, *key, one.id, ParticipantStatus.APPROVED)
        with pytest.raises(ParticipantChanged):
            participants.update_status(work, *key, one.id, ParticipantStatus.CANCELLED, if_version=1)
    assert one.version == 2
    assert facts_of(hub, one.id) == [
        "ParticipantRegistered",
        "ParticipantApproved",
        "ParticipantStatusChanged",
    ]


def test_a_deleted_participant_loses_the_name_at_the_gates_and_is_found_no_more(
    hub: HubContext, seeded: Seeded
) -> None:
    key = (seeded.tenant_id, seeded.event_id)
    with hub.uow.begin() as work:
        one = participants.create(
            work, *key, New(first_name="Ada", last_name="Lovelace", registration_code="X1")
        )
        before = one.feed_seq
        participants.delete(work, *key, one.id)
        with pytest.raises(ParticipantNotFound):
            participants.get(work, *key, one.id)
        with pytest.raises(ParticipantNotFound):
            participants.get_by_code(work, *key, "X1")
    with hub.uow.read() as work:
        feed_key = FeedKey(*key)
        ((_, row),) = participants.sync_rows.changes(work.session, feed_key, before, 10**9, 10)
        assert row == (one.id, "", "", "X1", "PENDING", "", "deleted", 2)
        assert participants.sync_rows.snapshot_page(work.session, feed_key, "", 10) == [row]
        assert participants.sync_rows.count(work.session, feed_key) == 1
        assert participants.count(work, *key) == 0
    assert facts_of(hub, one.id)[-1] == "ParticipantDeleted"


def test_many_are_registered_all_or_none(hub: HubContext, seeded: Seeded) -> None:
    key = (seeded.tenant_id, seeded.event_id)
    with hub.uow.begin() as work:
        ids = participants.create_many(
            work, *key, (New(id=f"cuid-{n:05}", extra={"n": n}) for n in range(12_000))
        )
    assert ids == [f"cuid-{n:05}" for n in range(12_000)]
    with hub.uow.begin() as work:
        assert participants.get(work, *key, "cuid-00007").extra == {"n": 7}
        with pytest.raises(RegistrationCodeTaken):
            participants.create_many(work, *key, [New(registration_code="A1"), New(registration_code="a-1")])
        participants.create(work, *key, New(registration_code="B2"))
        with pytest.raises(RegistrationCodeTaken):
            participants.create_many(work, *key, [New(registration_code="C3"), New(registration_code="B2")])
        assert participants.create_many(work, *key, []) == []
        assert participants.count(work, *key) == 12_001
    with hub.uow.read() as work:
        imported = work.session.execute(
            text("SELECT count(*) FROM domain_events WHERE type = 'ParticipantsImported'")
        )
        assert imported.scalar() == 1


def test_participants_of_another_event_are_not_found(hub: HubContext, seeded: Seeded) -> None:
    with hub.uow.begin() as work:
        one = participants.create(work, seeded.tenant_id, seeded.event_id, New())
        with pytest.raises(ParticipantNotFound):
            participants.get(work, seeded.tenant_id, "another", one.id)


# --- checkpoints --------------------------------------------------------------------------------


def test_a_checkpoint_is_made_changed_switched_and_deleted_with_its_audit(
    hub: HubContext, seeded: Seeded
) -> None:
    key = (seeded.tenant_id, seeded.event_id)
    with hub.uow.begin(actor="user:ada") as work:
        point = check_in.create_checkpoint(
            work, *key, check_in.NewCheckpoint(name="VIP", allowed_categories=("vip",), zone="")
        )
        assert point.zone is None
        check_in.update_checkpoint(
            work,
            *key,
            point.id,
            check_in.CheckpointChanges(opens_at="08:00", closes_at="02:00"),
            if_version=1,
        )
        check_in.toggle_checkpoint(work, *key, point.id, active=False)
        check_in.toggle_checkpoint(work, *key, point.id, active=False)
        with pytest.raises(CheckpointChanged):
            check_in.update_checkpoint(work, *key, point.id, check_in.CheckpointChanges(), if_version=1)
        check_in.delete_checkpoint(work, *key, point.id)
        with pytest.raises(CheckpointNotFound):
            check_in.get_checkpoint(work, *key, point.id)
        again = check_in.create_checkpoint(work, *key, check_in.NewCheckpoint(name="VIP"))
        assert again.id != point.id
        entries = audit.entries_of(work, seeded.tenant_id, "checkpoint", point.id)
    assert [(one.actor, one.action) for one in entries] == [
        ("user:ada", act) for act in ("create", "update", "toggle", "delete")
    ]
    assert entries[2].after == {"active": False, "version": 3}
    assert facts_of(hub, point.id) == [
        "CheckpointCreated",
        "CheckpointUpdated",
        "CheckpointClosed",
        "CheckpointDeleted",
    ]


def test_checkpoints_refuse_what_makes_no_sense(hub: HubContext, seeded: Seeded) -> None:
    key = (seeded.tenant_id, seeded.event_id)
    for bad in ({"opens_at": "08:00"}, {"opens_at": "25:00", "closes_at": "26:00"}, {"roster_max_age_s": 1}):
        with pytest.raises(ValidationError):
            check_in.NewCheckpoint.model_validate({"name": "A"} | bad)
    with hub.uow.begin() as work:
        with pytest.raises(CheckpointExists):
            check_in.create_checkpoint(work, *key, check_in.NewCheckpoint(name="Main gate"))
        other = check_in.create_checkpoint(work, *key, check_in.NewCheckpoint(name="Other"))
        with pytest.raises(CheckpointExists):
            check_in.update_checkpoint(work, *key, other.id, check_in.CheckpointChanges(name="Main gate"))
        with pytest.raises(OpeningHoursIncomplete):
            check_in.update_checkpoint(work, *key, other.id, check_in.CheckpointChanges(opens_at="08:00"))


def test_a_zones_capacity_is_set_once_and_changed_after(hub: HubContext, seeded: Seeded) -> None:
    key = (seeded.tenant_id, seeded.event_id)
    with hub.uow.begin() as work:
        check_in.set_capacity(work, *key, "hall-a", 100)
        check_in.set_capacity(work, *key, "hall-a", 200)
        check_in.set_capacity(work, *key, None, 500)
        check_in.set_capacity(work, *key, "", 600)
        rows = work.session.execute(
            text("SELECT zone, capacity FROM venue_occupancies ORDER BY capacity")
        ).all()
    assert [tuple(row) for row in rows] == [("hall-a", 200), (None, 600)]


# --- flags and accounts -------------------------------------------------------------------------


def test_flags_are_off_until_a_tenant_switches_them_on(hub: HubContext, seeded: Seeded) -> None:
    with hub.uow.begin() as work:
        stands = feature_flags.states(work, seeded.tenant_id)
        assert [flag for flag, on in stands.items() if on] == [FF_REST_API]
        feature_flags.switch(work, seeded.tenant_id, FF_WEBHOOKS, enabled=True)
        feature_flags.switch(work, seeded.tenant_id, FF_WEBHOOKS, enabled=True)
    with hub.uow.read() as work:
        assert feature_flags.is_on(work, seeded.tenant_id, FF_WEBHOOKS)
        assert not feature_flags.is_on(work, "another", FF_WEBHOOKS)
        assert not feature_flags.is_on(work, seeded.tenant_id, FF_WAITLIST)


def test_an_account_keeps_an_argon2id_hash_and_nothing_of_the_password(
    hub: HubContext, seeded: Seeded
) -> None:
    with hub.uow.begin() as work:
        user = accounts.create_user(work, seeded.tenant_id, " Ada@Example.org ", "correct horse battery")
        with pytest.raises(EmailTaken):
            accounts.create_user(work, seeded.tenant_id, "ada@example.org", "correct horse battery")
        entry = audit.entries_of(work, seeded.tenant_id, "user", user.id)[0]
        assert accounts.permissions_of(work, seeded.tenant_id, Role.OPERATOR) == {
            str(one) for one in registry().role_permissions[Role.OPERATOR]
        }
    assert (user.email, user.role) == ("ada@example.org", "ADMIN")
    assert user.password_hash.startswith("$argon2id$")
    assert accounts.password_matches(user, "correct horse battery")
    assert not accounts.password_matches(user, "correct horse batterY")
    assert "hash" not in str(entry.after)


@pytest.mark.parametrize("password", ["", "elevenchars", "aaaaaaaaaaaaaaaa", "ada@example.org", "x" * 2000])
def test_weak_passwords_are_refused_with_the_rule(password: str) -> None:
    with pytest.raises(PasswordTooWeak, match="A password"):
        accounts.check_password_rules(password, "ada@example.org")

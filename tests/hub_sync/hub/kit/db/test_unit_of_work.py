"""One commit a unit of work: state, audit row and domain event are stored together or not at all."""

# ruff: noqa: PT012 - the block is the unit of work that must raise

import threading
from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError

from hub_sync.contract.clock import ManualClock
from hub_sync.contract.enums import ParticipantStatus
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.audit.tables import AuditLog
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.manifest import EVENT_CREATED, EventCreated
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.tenants.manifest import TENANT_CREATED
from hub_sync.hub.domains.tenants.tables import Tenant
from hub_sync.hub.kit.db.database import Database, DatabaseBusy
from hub_sync.hub.kit.db.unit_of_work import UnitOfWork
from hub_sync.hub.kit.errors import BadRequest
from hub_sync.hub.kit.events import change_feed, domain_events
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.events.domain_events import StoredDomainEvent
from hub_sync.hub.kit.events.notifier import Notifier
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded


def counts(hub: HubContext) -> tuple[int, int, int]:
    with hub.uow.read() as work:
        return tuple(
            work.session.scalar(text(f"SELECT count(*) FROM {table}")) or 0  # noqa: S608
            for table in ("participants", "audit_logs", "domain_events")
        )  # type: ignore[return-value]


def test_what_raises_leaves_nothing_behind(hub: HubContext, seeded: Seeded) -> None:
    before = counts(hub)
    with pytest.raises(RuntimeError, match="on the way"), hub.uow.begin() as work:
        participants.create(work, seeded.tenant_id, seeded.event_id, participants.NewParticipant())
        raise RuntimeError("on the way")
    assert counts(hub) == before


def test_state_audit_and_domain_event_are_stored_together(hub: HubContext, seeded: Seeded) -> None:
    rows, audits, domain_event_count = counts(hub)
    with hub.uow.begin(actor="user:ada") as work:
        participant = participants.create(
            work, seeded.tenant_id, seeded.event_id, participants.NewParticipant()
        )
    assert counts(hub) == (rows + 1, audits + 1, domain_event_count + 1)
    with hub.uow.read() as work:
        entry = work.session.scalars(select(AuditLog).where(AuditLog.entity_id == participant.id)).one()
        stored_event = work.session.scalars(
            select(StoredDomainEvent).where(StoredDomainEvent.entity_id == participant.id)
        ).one()
    assert (entry.actor, entry.action, entry.before) == ("user:ada", "create", None)
    assert (stored_event.type, stored_event.event_id, stored_event.delivered_at) == (
        "ParticipantRegistered",
        seeded.event_id,
        None,
    )


def test_a_reading_unit_refuses_to_write(hub: HubContext, seeded: Seeded) -> None:
    with hub.uow.read() as work:
        event = events.get(work, seeded.tenant_id, seeded.event_id)
        event.name = "Changed"
        with pytest.raises(RuntimeError, match="reading unit of work"):
            work.session.flush()


def test_a_reading_unit_records_nothing(hub: HubContext, seeded: Seeded) -> None:
    created = EventCreated(entity_id=seeded.event_id, slug="summit")
    with hub.uow.read() as work:
        with pytest.raises(RuntimeError, match="reading unit of work"):
            audit.record(work, seeded.tenant_id, EVENT_CREATED, seeded.event_id)
        with pytest.raises(RuntimeError, match="reading unit of work"):
            domain_events.emit(work, seeded.tenant_id, created)
        with pytest.raises(RuntimeError, match="reading unit of work"):
            domain_events.emit(work, seeded.tenant_id, created, created)


def test_what_is_recorded_comes_after_what_it_refers_to(hub: HubContext) -> None:
    with hub.uow.begin() as work:
        work.session.add(Tenant(id="new", slug="new", name="New"))
        audit.record(work, "new", TENANT_CREATED, "new")
        domain_events.emit(work, "new", EventCreated(entity_id="none", slug="none"))
    with hub.uow.read() as work:
        assert [item.entity_id for item in audit.entries_of(work, "new", "tenant", "new")] == ["new"]


def test_a_reading_unit_sees_one_snapshot(hub: HubContext, seeded: Seeded) -> None:
    key = (seeded.tenant_id, seeded.event_id)
    with hub.uow.read() as reader:
        assert participants.count(reader, *key) == 0
        with hub.uow.begin() as work:
            participants.create(work, *key, participants.NewParticipant())
        assert participants.count(reader, *key) == 0
    with hub.uow.read() as reader:
        assert participants.count(reader, *key) == 1


def test_times_come_from_the_clock_and_come_back_aware(
    hub: HubContext, seeded: Seeded, clock: ManualClock
) -> None:
    created_at = clock.now()
    clock.advance(timedelta(hours=1))
    with hub.uow.begin() as work:
        events.update(work, seeded.tenant_id, seeded.event_id, events.EventChanges(name="Renamed"))
    with hub.uow.read() as work:
        event = events.get(work, seeded.tenant_id, seeded.event_id)
        assert (event.created_at, event.updated_at) == (created_at, clock.now())
        assert event.updated_at.utcoffset() == timedelta(0)


def test_a_time_without_a_zone_is_refused(hub: HubContext) -> None:
    with pytest.raises(Exception, match="without a zone"), hub.uow.begin() as work:
        naive = datetime(2026, 1, 1)  # noqa: DTZ001
        work.session.execute(
            insert(Tenant).values(id="t", slug="t", name="T", created_at=naive, updated_at=naive)
        )


def test_a_row_of_another_tenant_can_not_be_pointed_at(hub: HubContext, seeded: Seeded) -> None:
    with pytest.raises(IntegrityError), hub.uow.begin() as work:
        now = work.now()
        work.session.execute(
            insert(Tenant).values(id="other", slug="other", name="O", created_at=now, updated_at=now)
        )
        change_feed.create_feed(work.session, "other", seeded.event_id, "epoch")
        work.session.add(
            participants.Participant(
                tenant_id="other",
                id=work.new_id(),
                event_id=seeded.event_id,
                registration_code="ABCDE-12345",
                code_normal="abcde12345",
            )
        )


def numbers(hub: HubContext, seeded: Seeded) -> tuple[int, list[int]]:
    with hub.uow.read() as work:
        _, head = change_feed.position(work.session, FeedKey(seeded.tenant_id, seeded.event_id))
        query = "SELECT feed_seq FROM participants ORDER BY feed_seq"
        return head, list(work.session.scalars(text(query)))


def test_every_change_of_a_followed_row_takes_the_next_number(hub: HubContext, seeded: Seeded) -> None:
    key = (seeded.tenant_id, seeded.event_id)
    start, _ = numbers(hub, seeded)
    with hub.uow.begin() as work:
        participant = participants.create(work, *key, participants.NewParticipant())
        participants.create_many(work, *key, [participants.NewParticipant() for _ in range(3)])
    assert numbers(hub, seeded) == (start + 4, [start + 1, start + 2, start + 3, start + 4])
    with hub.uow.begin() as work:
        participants.update_status(work, *key, participant.id, ParticipantStatus.APPROVED)
    assert numbers(hub, seeded) == (start + 5, [start + 2, start + 3, start + 4, start + 5])


def test_what_rolls_back_takes_no_number(hub: HubContext, seeded: Seeded) -> None:
    before = numbers(hub, seeded)
    with pytest.raises(RuntimeError), hub.uow.begin() as work:
        participants.create(work, seeded.tenant_id, seeded.event_id, participants.NewParticipant())
        raise RuntimeError
    assert numbers(hub, seeded) == before


def test_a_followed_row_is_never_removed(hub: HubContext, seeded: Seeded) -> None:
    with pytest.raises(TypeError, match="never removed"), hub.uow.begin() as work:
        work.session.delete(events.get(work, seeded.tenant_id, seeded.event_id))
        work.session.flush()


def test_a_number_is_never_seen_before_a_smaller_one_that_commits_late(
    hub: HubContext, seeded: Seeded, database_url: str, clock: ManualClock
) -> None:
    """The second writer, in a database of its own as another process has, waits for the first."""
    other = UnitOfWork(Database(database_url), clock, hub.new_id)
    key = (seeded.tenant_id, seeded.event_id)
    done = threading.Event()

    def second() -> None:
        with other.begin() as work:
            participants.create(work, *key, participants.NewParticipant(first_name="second"))
        done.set()

    thread = threading.Thread(target=second)
    with hub.uow.begin() as work:
        participants.create(work, *key, participants.NewParticipant(first_name="first"))
        thread.start()
        assert not done.wait(0.3), "the second transaction did not wait for the feed"
    thread.join(10)
    assert done.is_set()
    with hub.uow.read() as work:
        rows = work.session.execute(text("SELECT first_name FROM participants ORDER BY feed_seq")).scalars()
        assert list(rows) == ["first", "second"]
    other.database.close()


def test_who_moved_is_told_after_the_commit_and_only_then(
    hub: HubContext, seeded: Seeded, database_url: str, clock: ManualClock
) -> None:
    notifications: list[set[FeedKey]] = []
    notifier = Notifier()
    notifier.add_subscriber(FeedKey, notifications.append)
    uow = UnitOfWork(Database(database_url), clock, hub.new_id, notifier.publish_pending)
    with uow.begin() as work:
        participants.create(work, seeded.tenant_id, seeded.event_id, participants.NewParticipant())
        assert notifications == []
    assert notifications == [{FeedKey(seeded.tenant_id, seeded.event_id)}]
    with pytest.raises(RuntimeError), uow.begin() as work:
        participants.create(work, seeded.tenant_id, seeded.event_id, participants.NewParticipant())
        raise RuntimeError
    assert len(notifications) == 1
    uow.database.close()


def test_many_writers_at_once_all_get_their_turn(hub: HubContext, seeded: Seeded) -> None:
    key = (seeded.tenant_id, seeded.event_id)
    start, _ = numbers(hub, seeded)
    errors: list[BaseException] = []

    def write() -> None:
        try:
            for _ in range(5):
                with hub.uow.begin() as work:
                    participants.create(work, *key, participants.NewParticipant())
        except BaseException as error:  # noqa: BLE001 - it is asserted on
            errors.append(error)

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert numbers(hub, seeded) == (start + 40, list(range(start + 1, start + 41)))


def test_a_unit_inside_another_is_a_bug_and_does_not_hang(hub: HubContext, seeded: Seeded) -> None:
    with hub.uow.begin(), pytest.raises(RuntimeError, match="wait for itself"), hub.uow.begin():
        pass
    with hub.uow.begin() as work, hub.uow.read() as reader:
        key = (seeded.tenant_id, seeded.event_id)
        participants.create(work, *key, participants.NewParticipant())
        assert participants.count(reader, *key) == 0


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)  # PostgreSQL has many writers
def test_one_who_waits_too_long_for_the_writer_is_told_to_try_again(
    hub: HubContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub_sync.hub.kit.db.database.LOCK_TIMEOUT_S", 0.05)
    errors: list[DatabaseBusy] = []

    def write() -> None:
        try:
            with hub.uow.begin():
                pass
        except DatabaseBusy as busy:
            errors.append(busy)

    with hub.uow.begin():
        thread = threading.Thread(target=write)
        thread.start()
        thread.join(5)
    assert [busy.status for busy in errors] == [503]


def test_what_is_written_by_the_connection_in_a_savepoint_ends_with_it(
    hub: HubContext, seeded: Seeded
) -> None:
    renamed = Tenant.metadata.tables[Tenant.__tablename__].update()
    with hub.uow.begin() as work:
        work.connection.execute(renamed.values(name="first"))
        savepoint = work.session.begin_nested()
        work.connection.execute(renamed.values(name="second"))
        savepoint.rollback()
    with hub.uow.read() as work:
        assert work.session.scalars(select(Tenant.name)).all() == ["first"]


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_refusal_is_still_that_when_what_follows_it_cannot_be_stored(hub: HubContext) -> None:
    """A caller who is refused for good was asked to try again."""

    def fail(_: object) -> None:
        raise DatabaseBusy

    refusal = BadRequest()
    refusal.after_rollback = (fail,)
    with pytest.raises(BadRequest), hub.uow.begin():
        raise refusal

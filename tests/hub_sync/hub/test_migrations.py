"""Migrations and tables agree on both databases; the reference data is the report's."""

import re
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Enum, MetaData, insert, inspect, select, text
from sqlalchemy.exc import IntegrityError

from hub_sync.contract import enums
from hub_sync.contract.clock import epoch_ms
from hub_sync.hub import domains
from hub_sync.hub.domains import DOMAINS, all_tables, parts, registry
from hub_sync.hub.domains.accounts.tables import PermissionDefinition
from hub_sync.hub.domains.feature_flags.tables import FeatureFlagDefinition
from hub_sync.hub.kit.db.database import Database
from hub_sync.hub.kit.db.tables import Base
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.migrations import state
from tests.hub_sync.hub.conftest import NOON, Seeded
from tests.support.builders.rows_of_all_tables import all_rows, fill_empty_tables
from tests.support.forked_commands import start_command

REPORT_PERMISSIONS = (
    "api-keys:manage",
    "webhooks:manage",
    "check-in:scan",
    "kiosk:manage",
    "bulk-operations:execute",
    "duplicates:review",
    "blacklist:manage",
    "waitlist:manage",
    "communication:broadcast",
    "event-clone:execute",
)
REPORT_ENTITIES = (
    "ApiKey",
    "WebhookSubscription",
    "WebhookDelivery",
    "Checkpoint",
    "AccessLog",
    "VenueOccupancy",
    "KioskDevice",
    "KioskSession",
    "QueueTicket",
    "BulkOperation",
    "BulkOperationItem",
    "DuplicateCandidate",
    "MergeHistory",
    "Blacklist",
    "WaitlistEntry",
    "WaitlistPromotion",
    "MessageTemplate",
    "BroadcastMessage",
    "MessageDelivery",
    "EventSeries",
    "EventEdition",
    "CloneOperation",
    "ParallelBranch",
)


def differences(database: Database) -> list[object]:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, all_tables()))


@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index")
@pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based index")
def test_autogenerate_finds_nothing_to_add(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    assert differences(database), "an empty database must differ, or this test can't fail"
    state.upgrade(database)
    assert differences(database) == []
    assert state.revisions(database) == (state.newest(), state.newest())
    database.close()


def test_every_check_of_the_tables_is_in_the_database(database_url: str) -> None:
    """Alembic does not compare CHECK constraints, so that they are compared here."""
    database = Database(database_url)
    inspector = inspect(database.engine)
    for table in all_tables().sorted_tables:
        wanted = {
            str(constraint.name)
            for constraint in table.constraints
            if type(constraint).__name__ == "CheckConstraint"
        }
        assert {str(check["name"]) for check in inspector.get_check_constraints(table.name)} == wanted, (
            table.name
        )
    database.close()


def test_a_zone_that_is_null_does_not_escape_the_unique_index(hub: HubContext, seeded: Seeded) -> None:
    insert = text(
        "INSERT INTO venue_occupancies (tenant_id, id, event_id, zone, current, feed_seq, created_at, updated_at) "
        "VALUES (:tenant, :id, :event, NULL, 0, 0, '2026-01-01', '2026-01-01')"
    )
    values = {"tenant": seeded.tenant_id, "event": seeded.event_id}
    with hub.uow.begin() as work:
        work.session.execute(insert, values | {"id": "one"})
    with pytest.raises(IntegrityError), hub.uow.begin() as work:
        work.session.execute(insert, values | {"id": "two"})


def test_migrations_go_back_and_forth(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    state.upgrade(database)
    state.downgrade(database, "base")
    assert inspect(database.engine).get_table_names() == ["alembic_version"]
    state.upgrade(database)
    assert len(inspect(database.engine).get_table_names()) == len(all_tables().tables) + 1
    database.close()


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_the_newest_migration_keeps_all_rows_of_tables_that_refer_to_others(
    hub: HubContext, seeded: Seeded, database_url: str
) -> None:
    """Each migration is tried once with a row in every table, whoever writes it: SQLite copies tables, and may drop what refers to them."""
    with hub.uow.begin() as work:
        fill_empty_tables(work, FeedKey(seeded.tenant_id, seeded.event_id))
        before = {name: len(rows) for name, rows in all_rows(work).items()}
    database = Database(database_url)
    state.downgrade(database, "-1")
    state.upgrade(database)
    with database.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    database.close()
    with hub.uow.read() as work:
        assert {name: len(rows) for name, rows in all_rows(work).items()} == before


@pytest.mark.thorough
def test_what_was_there_before_it_was_searched_is_found(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    state.upgrade(database, "0003")
    with database.engine.begin() as connection:
        there = MetaData()
        there.reflect(connection, only=("tenants", "events"))
        noon = {"created_at": NOON, "updated_at": NOON}
        connection.execute(insert(there.tables["tenants"]), {"id": "t", "slug": "t", "name": "T", **noon})
        event: dict[str, object] = {
            "id": "e",
            "slug": "aerzteball",
            "name": "ÄRZTEBALL",
            "status": "DRAFT",
            "version": 1,
        }
        event |= {"starts_at": NOON, "ends_at": NOON + timedelta(hours=1), "time_zone": "UTC", "feed_seq": 1}
        connection.execute(insert(there.tables["events"]), {"tenant_id": "t", **event, **noon})
    state.upgrade(database)
    with database.engine.connect() as connection:
        assert connection.scalar(text("SELECT searched FROM events")) == "arzteball arzteball"
    database.close()


@pytest.mark.thorough
def test_codes_that_were_stored_without_their_letters_are_normalized_again(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    state.upgrade(database, "0007")
    codes = {"1": "Ö-1234", "2": "REG-٠٠١٢", "3": "reg 0012", "4": "PLAIN-77"}
    with database.engine.begin() as connection:
        there = MetaData()
        there.reflect(connection, only=("tenants", "events", "participants"))
        noon = {"created_at": NOON, "updated_at": NOON}
        connection.execute(insert(there.tables["tenants"]), {"id": "t", "slug": "t", "name": "T", **noon})
        event: dict[str, object] = {
            "id": "e",
            "slug": "e",
            "name": "E",
            "status": "DRAFT",
            "version": 1,
            "feed_seq": 1,
        }
        event |= {"starts_at": NOON, "ends_at": NOON + timedelta(hours=1), "time_zone": "UTC"}
        connection.execute(
            insert(there.tables["events"]), {"tenant_id": "t", "searched": "", **event, **noon}
        )
        shared: dict[str, object] = {
            "tenant_id": "t",
            "event_id": "e",
            "first_name": "Jürgen",
            "last_name": "",
            "extra": {},
        }
        shared |= {"status": "APPROVED", "category": "", "standing": "", "version": 1, "searched": "", **noon}
        for id_, code in codes.items():
            row = {"id": id_, "registration_code": code, "code_normal": f"old{id_}", "feed_seq": int(id_)}
            connection.execute(insert(there.tables["participants"]), {**shared, **row})
    state.upgrade(database)
    with database.engine.connect() as connection:
        query = text("SELECT code_normal, searched FROM participants ORDER BY id")
        normal, searched = zip(*connection.execute(query).all(), strict=True)
    assert (normal[0], normal[3]) == ("ö1234", "p1a1n77")
    assert normal[1] != normal[2], "alike: neither is found by its code"
    assert {code[0] for code in normal[1:3]} == {"~"}
    assert searched[0] == "jurgen o1234"
    database.close()


@pytest.mark.thorough
def test_reasons_of_scans_have_a_check_before_0009_and_none_after(empty_database_url: str) -> None:
    database = Database(empty_database_url)

    def has_check() -> bool:
        checks = inspect(database.engine).get_check_constraints("access_logs")
        return "ck_access_logs_reasoncode" in {check["name"] for check in checks}

    for migrate, revision, expected in (
        (state.upgrade, "0008", True),
        (state.upgrade, "0009", False),
        (state.downgrade, "0008", True),
        (state.upgrade, "0009", False),
    ):
        migrate(database, revision)
        assert has_check() is expected
        if database.is_sqlite:
            with database.engine.connect() as connection:
                assert connection.scalar(text("PRAGMA integrity_check")) == "ok"
    database.close()


def write_old_event(
    connection: Connection, **columns: object
) -> tuple[MetaData, dict[str, Any], dict[str, Any]]:
    """Write an event with its feed into the tables of an older version.

    Return these tables, the columns that all rows of the event share, and those that its scans share.
    """
    there = MetaData()
    names = ("tenants", "events", "event_feeds", "access_logs", "zone_presences", "venue_occupancies")
    there.reflect(connection, only=names)
    noon: dict[str, Any] = {"created_at": NOON, "updated_at": NOON}
    connection.execute(insert(there.tables["tenants"]), {"id": "t", "slug": "t", "name": "T", **noon})
    event: dict[str, Any] = {
        "tenant_id": "t",
        "id": "e",
        "slug": "e",
        "name": "E",
        "status": "DRAFT",
        "version": 1,
    }
    event |= {"starts_at": NOON, "ends_at": NOON + timedelta(hours=1), "time_zone": "UTC", "feed_seq": 1}
    connection.execute(insert(there.tables["events"]), {"searched": "", **event, **columns, **noon})
    feed = {"tenant_id": "t", "event_id": "e", "epoch": "old", "head": 9, "log_head": 9, "pull_head": 9}
    feed = {name: value for name, value in feed.items() if name in there.tables["event_feeds"].c}
    connection.execute(insert(there.tables["event_feeds"]), feed)
    scan: dict[str, Any] = {
        "checkpoint_id": "c",
        "device_id": "d",
        "journal_id": "j",
        "marks": [],
        "clock": {},
    }
    scan |= {"scan_type": "QR", "result": "VALID", "reason_code": "admitted"}
    scan |= {"clock_sure": True, "override_asked": False, "journal_hash": "", "passage": "GRANTED"}
    return there, {"tenant_id": "t", "event_id": "e", **noon}, scan


@pytest.mark.thorough
@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index")
def test_who_left_the_venue_before_the_update_is_no_longer_counted_in_a_zone(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    state.upgrade(database, "0011")
    with database.engine.begin() as connection:
        there, of, scan = write_old_event(connection)
        passages = [("ada", "hall", "entry"), ("bo", "hall", "entry"), ("ada", "", "exit")]
        for at, (person, zone, direction) in enumerate(passages, start=1):
            row: dict[str, object] = {"id": str(at), "sequence": at, "log_seq": at, "received_at": NOON}
            row |= {"participant_id": person, "zone": zone, "direction": direction}
            row |= {"scanned_at_ms": at, "effective_at_ms": at}
            connection.execute(insert(there.tables["access_logs"]), {**of, **scan, **row})
            place: dict[str, object] = {"id": str(at), "feed_seq": at, "entries": 1, "at_ms": at}
            place |= {"participant_id": person, "zone": zone, "direction": direction}
            place |= {"device_id": "d", "sequence": at}
            connection.execute(insert(there.tables["zone_presences"]), {**of, **place})
        for number, wrong in (("hall", 2), (None, 2)):
            count = {"id": str(number), "zone": number, "current": wrong, "feed_seq": 1}
            connection.execute(insert(there.tables["venue_occupancies"]), {**of, **count})
    state.upgrade(database)
    with database.engine.connect() as connection:
        query = (
            "SELECT participant_id, zone, direction, at_ms, left_others_at_ms FROM zone_presences ORDER BY id"
        )
        assert [tuple(row) for row in connection.execute(text(query))] == [
            ("ada", "hall", "exit", 3, 0),
            ("bo", "hall", "entry", 2, 0),
            ("ada", "", "exit", 3, 3),
        ]
        assert set(connection.execute(text("SELECT current FROM venue_occupancies")).scalars()) == {1}
        assert connection.scalar(text("SELECT epoch FROM event_feeds")) != "old"
    database.close()


@pytest.mark.thorough
@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index")
def test_who_was_held_inside_by_a_scan_of_the_year_2100_is_let_go(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    state.upgrade(database, "0012")
    noon_ms, y2100 = epoch_ms(NOON), 4_102_444_800_000
    with database.engine.begin() as connection:
        there, of, scan = write_old_event(connection, day_begins_at="04:00")
        scan |= {"clock": {"boot_id": "b"}}
        for number, (person, direction, at_ms) in enumerate(
            [("ada", "entry", y2100), ("ada", "exit", noon_ms + 60_000), ("bo", "entry", noon_ms)], start=1
        ):
            row: dict[str, object] = {"id": str(number), "sequence": number, "log_seq": number}
            row |= {"participant_id": person, "zone": "hall", "direction": direction, "received_at": NOON}
            row |= {"scanned_at_ms": at_ms, "effective_at_ms": at_ms, "leaves_zones": False}
            connection.execute(insert(there.tables["access_logs"]), {**of, **scan, **row})
        for person, at_ms, sequence in (("ada", y2100, 1), ("bo", noon_ms, 3)):
            place: dict[str, object] = {"id": person, "feed_seq": sequence, "entries": 1, "at_ms": at_ms}
            place |= {"participant_id": person, "zone": "hall", "direction": "entry", "device_id": "d"}
            place |= {"sequence": sequence, "entered_at_ms": at_ms, "left_others_at_ms": 0}
            connection.execute(insert(there.tables["zone_presences"]), {**of, **place})
        for zone in ("hall", None):
            count = {"id": str(zone), "zone": zone, "current": 2, "feed_seq": 1}
            connection.execute(insert(there.tables["venue_occupancies"]), {**of, **count})
    state.upgrade(database)
    with database.engine.connect() as connection:
        presences = "SELECT participant_id, direction, at_ms, entered_at_ms FROM zone_presences ORDER BY id"
        assert [tuple(row) for row in connection.execute(text(presences))] == [
            ("ada", "exit", noon_ms + 60_000, noon_ms),
            ("bo", "entry", noon_ms, noon_ms),
        ]
        assert set(connection.execute(text("SELECT current FROM venue_occupancies")).scalars()) == {1}
        assert connection.scalar(text("SELECT epoch FROM event_feeds")) != "old"
        log = all_tables().tables["access_logs"]
        query = select(log.c.scanned_at_ms, log.c.marks, log.c.clock).where(log.c.id == "1")
        assert connection.execute(query).one() == (
            y2100,
            ["time_impossible"],
            {"boot_id": "b", "claimed_at_ms": y2100, "claimed_sure": True},
        )
    database.close()


def test_two_hubs_that_start_at_once_migrate_once(empty_database_url: str, tmp_path: Path) -> None:
    with closing(Database(empty_database_url)) as older:
        state.upgrade(older, "0001")
    command = ("migrate", "--data", tmp_path, "--database-url", empty_database_url)
    hubs = [start_command(tmp_path, f"hub-{number}", *command) for number in range(3)]
    assert [hub.wait(60) for hub in hubs] == [0, 0, 0], [hub.log.read_text() for hub in hubs]
    database = Database(empty_database_url)
    assert state.revisions(database) == (state.newest(), state.newest())
    database.close()


def test_the_reports_entities_are_tables_of_a_tenant() -> None:
    all_tables()
    classes = {mapper.class_.__name__: mapper.local_table for mapper in Base.registry.mappers}
    assert len(REPORT_ENTITIES) == 23
    assert set(REPORT_ENTITIES) <= set(classes)
    shared = {"permissions", "feature_flags", "tenants"}
    for table in all_tables().sorted_tables:
        if table.name not in shared:
            assert next(iter(table.primary_key.columns)).name == "tenant_id", table.name


def test_indexes_begin_with_the_tenant_but_for_those_that_find_it() -> None:
    others = {
        index.name
        for table in all_tables().sorted_tables
        for index in table.indexes
        if next(iter(index.columns)).name != "tenant_id"
    }
    assert others == {
        "ix_api_keys_by_prefix",
        "ix_blacklist_attempts_old",
        "ix_device_commands_by_end",
        "ix_idempotent_answers_expiry",
        "ix_kiosk_devices_by_enrol_code",
        "ix_kiosk_devices_by_id",
        "ix_registration_settings_event",
        "ix_registrations_by_token",
        "ix_registrations_unconfirmed",
        "ix_sla_clocks_next",
        "ix_waitlist_entries_by_token",
        "ix_waitlist_promotions_due",
        "ix_waitlist_settings_event",
        "ix_waitlist_settings_look",
        "uq_queue_tickets_token",
        "uq_user_sessions_token_hash",
        "uq_user_tokens_token_hash",
    }


def test_the_reports_enums_are_columns_held_by_checks() -> None:
    enum_classes = {
        enum_class
        for table in all_tables().sorted_tables
        for column in table.columns
        if (enum_class := getattr(column.type, "enum_class", None))
    }
    assert set(enums.REPORT_ENUMS) | {enums.StepType} <= enum_classes


def test_a_value_that_is_no_member_is_refused_by_the_database(hub: HubContext, seeded: Seeded) -> None:
    with pytest.raises(IntegrityError), hub.uow.begin() as work:
        work.session.execute(text("UPDATE events SET status = 'POSTPONED'"))


def test_flags_permissions_and_roles_are_the_reports(hub: HubContext, seeded: Seeded) -> None:
    with hub.uow.read() as work:
        flags = dict(
            work.session.execute(
                select(FeatureFlagDefinition.key, FeatureFlagDefinition.enabled_by_default)
            ).all()
        )
        permissions = dict(
            work.session.execute(select(PermissionDefinition.key, PermissionDefinition.from_report)).all()
        )
        roles = work.session.execute(
            text(
                "SELECT r.name, p.permission FROM roles r "
                "JOIN role_permissions p ON p.tenant_id = r.tenant_id AND p.role_id = r.id"
            )
        ).all()
    assert set(flags) == {flag.value for flag in registry().flags.values()}
    assert {key for key, from_report in permissions.items() if from_report} == set(REPORT_PERMISSIONS)
    assert set(permissions) == set(registry().permissions)
    assert {tuple(row) for row in roles} == {
        (role.value, str(permission))
        for role, role_permissions in registry().role_permissions.items()
        for permission in role_permissions
    }


def test_the_registry_names_every_domain_folder() -> None:
    folders = {file.parent.name for file in Path(domains.__file__).parent.glob("*/__init__.py")}
    assert folders == set(DOMAINS)
    assert {module.__name__.split(".")[-2] for module in parts("tables")} < folders


def test_every_value_of_an_enum_is_in_its_check(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    state.upgrade(database)
    inspector = inspect(database.engine)
    for table in all_tables().sorted_tables:
        checks = {
            str(check["name"]): check["sqltext"] for check in inspector.get_check_constraints(table.name)
        }
        for column in table.columns:
            if isinstance(column.type, Enum) and column.type.create_constraint:
                values = set(re.findall(r"'([^']*)'", checks[f"ck_{table.name}_{column.type.name}"]))
                assert values == set(column.type.enums), f"{table.name}.{column.name}"
    database.close()


@pytest.mark.thorough
def test_policies_of_re_entry_and_last_entries_come_to_rows_that_were_there(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    state.upgrade(database, "0009")
    noon = {"created_at": NOON, "updated_at": NOON}
    in_event: dict[str, object] = {"tenant_id": "t", "event_id": "e", **noon}
    event: dict[str, object] = {"slug": "e", "name": "E", "status": "DRAFT", "version": 1, "searched": ""}
    event |= {"starts_at": NOON, "ends_at": NOON + timedelta(hours=1), "time_zone": "UTC", "feed_seq": 1}
    point: dict[str, object] = {"name": "Gate", "type": "gate", "direction": "entry", "active": True}
    point |= {"reentry": "once", "unknown_tickets": "hold", "stale_roster": "warn", "roster_max_age_s": 60}
    point |= {"id": "c", "version": 1, "feed_seq": 2, "searched": ""}
    passage: dict[str, object] = {"zone": "", "device_id": "d", "at_ms": 9, "sequence": 1, "feed_seq": 3}
    with database.engine.begin() as connection:
        there = MetaData()
        there.reflect(connection, only=("tenants", "events", "checkpoints", "zone_presences"))
        tables = there.tables
        connection.execute(insert(tables["tenants"]), {"id": "t", "slug": "t", "name": "T", **noon})
        connection.execute(insert(tables["events"]), {"tenant_id": "t", "id": "e", **event, **noon})
        connection.execute(insert(tables["checkpoints"]), {**point, **in_event})
        for person, direction, entries in (("ada", "entry", 1), ("bo", "exit", 0)):
            who = {"id": person, "participant_id": person, "direction": direction, "entries": entries}
            connection.execute(insert(tables["zone_presences"]), {**who, **passage, **in_event})
    state.upgrade(database, "0010")
    limit = text("UPDATE checkpoints SET reentry = 'limit', reentry_limit = 3")
    with database.engine.begin() as connection:
        entered = connection.execute(
            text("SELECT participant_id, entered_at_ms FROM zone_presences ORDER BY 1")
        )
        assert [tuple(row) for row in entered] == [("ada", 9), ("bo", 0)]
        assert connection.scalar(text("SELECT day_begins_at FROM events")) == "04:00"
        connection.execute(limit)
    with pytest.raises(IntegrityError), database.engine.begin() as connection:
        connection.execute(text("UPDATE checkpoints SET reentry = 'perhaps'"))
    state.downgrade(database, "0009")
    with database.engine.begin() as connection:
        assert connection.scalar(text("SELECT reentry FROM checkpoints")) == "once"
    with pytest.raises(IntegrityError), database.engine.begin() as connection:
        connection.execute(text("UPDATE checkpoints SET reentry = 'limit'"))
    database.close()


def write_published_workflow(connection: Connection, of: dict[str, Any]) -> None:
    """Write a workflow with a version, which a deleted workflow takes along."""
    there = MetaData()
    there.reflect(connection, only=("workflows", "workflow_versions"))
    workflow = {"id": "w", "name": "Press", "version": 1, "searched": "", "description": "", "draft": {}}
    own = {name: value for name, value in of.items() if name in there.tables["workflows"].c}
    connection.execute(insert(there.tables["workflows"]), {**own, **workflow, "is_enabled": True})
    version = {"id": "v", "workflow_id": "w", "number": 1, "definition": {}, "published_by": "system"}
    own = {name: value for name, value in of.items() if name in there.tables["workflow_versions"].c}
    connection.execute(insert(there.tables["workflow_versions"]), {**own, **version, "published_at": NOON})


@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index")
def test_of_names_that_differ_by_capital_letters_the_newer_ones_get_a_number(database_url: str) -> None:
    database = Database(database_url)
    state.downgrade(database, "0073")
    with database.engine.begin() as connection:
        there, of, _ = write_old_event(connection)
        there.reflect(connection, only=("checkpoints",))
        point: dict[str, object] = {"type": "gate", "direction": "entry", "active": True, "searched": ""}
        point |= {
            "reentry": "once",
            "unknown_tickets": "hold",
            "stale_roster": "warn",
            "roster_max_age_s": 60,
        }
        point |= {"version": 1, "feed_seq": 2, "leaves_zones": False}
        names = ("Main", "MAIN", "main", "Main (2)", "Stra\u00dfe", "x" * 120, "X" * 120)
        for number, name in enumerate(names):
            row = {"id": str(number), "name": name, "created_at": NOON + timedelta(minutes=number)}
            connection.execute(insert(there.tables["checkpoints"]), {**of, **point, **row})
        gone = {"id": "gone", "name": "MAIN", "deleted_at": NOON}
        connection.execute(insert(there.tables["checkpoints"]), {**of, **point, **gone})
        write_published_workflow(connection, of)
    state.upgrade(database)
    with database.engine.connect() as connection:
        left = "SELECT count(*) FROM workflow_versions WHERE workflow_id = 'w'"
        assert connection.scalar(text(left)) == 1, "it is of a table that SQLite rebuilds"
        keys = "PRAGMA foreign_keys" if database.is_sqlite else "SELECT 1"
        assert connection.scalar(text(keys)) == 1
    points = all_tables().tables["checkpoints"].c
    with database.engine.connect() as connection:
        query = select(points.name, points.folded_name, points.version, points.searched).order_by(points.id)
        rows = [tuple(row) for row in connection.execute(query.where(points.tenant_id == "t"))]
        assert rows[:5] == [
            ("Main", "main", 1, ""),
            ("MAIN (3)", "main (3)", 2, "main (3)"),
            ("main (4)", "main (4)", 2, "main (4)"),
            ("Main (2)", "main (2)", 1, ""),
            ("Stra\u00dfe", "strasse", 1, ""),
        ]
        assert [row[0] for row in rows[5:]] == ["x" * 120, "X" * 116 + " (2)", "MAIN"]
        log = all_tables().tables["audit_logs"].c
        changes = select(log.actor, log.action, log.entity, log.before, log.after).where(log.entity_id == "1")
        assert connection.execute(changes).one() == (
            "system",
            "update",
            "checkpoint",
            {"name": "MAIN", "version": 1},
            {"name": "MAIN (3)", "version": 2},
        )
        assert connection.scalar(text("SELECT epoch FROM event_feeds WHERE tenant_id = 't'")) != "old"
    twice = points.name.table.update().where(points.id == "gone").values(deleted_at=None, folded_name="main")
    with pytest.raises(IntegrityError), database.engine.begin() as connection:
        connection.execute(twice)
    database.close()

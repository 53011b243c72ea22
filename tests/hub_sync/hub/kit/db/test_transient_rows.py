"""Rows that no session knows: read by columns, and written by what differs."""

from typing import Any

from sqlalchemy import bindparam, event, select

from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.service import NewParticipant, Participant
from hub_sync.hub.kit.db.transient_rows import RowColumns, TransientRows
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded

COLUMNS = RowColumns(Participant)
BY_NAME = select(*COLUMNS.columns).where(Participant.first_name == bindparam("name"))


def _registered(hub: HubContext, seeded: Seeded) -> tuple[str, str]:
    key = (seeded.tenant_id, seeded.event_id)
    with hub.uow.begin() as work:
        ada, bo = participants.create_many(
            work,
            *key,
            [NewParticipant(first_name=name, email=f"{name}@example.org") for name in ("Ada", "Bo")],
        )
    return ada, bo


def _read(rows: TransientRows, name: str) -> Participant:
    return rows.read(COLUMNS, rows.fetch(BY_NAME, {"name": name})[0])


def _emails(hub: HubContext, seeded: Seeded) -> dict[str, str | None]:
    query = select(Participant.first_name, Participant.email)
    with hub.uow.read() as work:
        return {row.first_name: row.email for row in work.session.execute(query)}


def test_only_what_differs_is_written_once(hub: HubContext, seeded: Seeded) -> None:
    _registered(hub, seeded)
    statements: list[str] = []
    with hub.uow.begin() as work:
        rows = TransientRows(work)
        ada, bo = _read(rows, "Ada"), _read(rows, "Bo")

        def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            statements.append(statement)

        event.listen(work.connection, "before_cursor_execute", note)
        rows.write()
        assert statements == [], "nothing differs"
        ada.email, ada.category, bo.first_name = "new@example.org", "VIP", "Bo"
        rows.write()
        rows.write()
        assert len(statements) == 1, "one row differs, and is stored once"
        assert "category" in statements[0], statements
        assert "first_name" not in statements[0], "a column that is set to what it was is not written"
        ada.email = None
        rows.write()
        assert ada.updated_at == work.now()
    assert _emails(hub, seeded) == {"Ada": None, "Bo": "Bo@example.org"}


def test_a_new_row_has_the_defaults_of_its_columns_and_is_updated_later(
    hub: HubContext, seeded: Seeded
) -> None:
    _registered(hub, seeded)
    with hub.uow.begin() as work:
        rows = TransientRows(work)
        copy = _read(rows, "Ada")
        values = {name: value for name, value in vars(copy).items() if name in COLUMNS.names}
        for name in ("category", "registration_code", "created_at", "updated_at"):
            del values[name]
        own = {"id": work.new_id(), "registration_code": "NEW", "code_normal": "new", "first_name": "Cy"}
        new = Participant(**values | own)
        rows.add(COLUMNS, new)
        rows.write()
        assert new.category == "", "the default of the column"
        new.email = "cy@example.org"
        rows.write()
    emails = _emails(hub, seeded)
    assert emails == {"Ada": "Ada@example.org", "Bo": "Bo@example.org", "Cy": "cy@example.org"}


def test_what_the_session_has_to_write_is_read(hub: HubContext, seeded: Seeded) -> None:
    ada, _bo = _registered(hub, seeded)
    with hub.uow.begin() as work:
        person = work.session.get_one(Participant, (seeded.tenant_id, ada))
        person.email = "session@example.org"
        assert _read(TransientRows(work), "Ada").email == "session@example.org"


def test_a_savepoint_that_is_rolled_back_takes_the_writes_along(hub: HubContext, seeded: Seeded) -> None:
    _registered(hub, seeded)
    with hub.uow.begin() as work:
        savepoint = work.session.begin_nested()
        rows = TransientRows(work)
        _read(rows, "Ada").email = None
        rows.write()
        savepoint.rollback()
        with work.session.begin_nested():
            rows = TransientRows(work)
            _read(rows, "Bo").email = None
            rows.write()
    assert _emails(hub, seeded) == {"Ada": "Ada@example.org", "Bo": None}

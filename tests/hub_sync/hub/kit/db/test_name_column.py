"""Names that people take for the same are refused by the database too: two requests at the same moment find both of them free."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Table, inspect, text

from hub_sync.contract.enums import MessageChannel
from hub_sync.hub.domains.check_in.tables import Checkpoint
from hub_sync.hub.domains.messages.errors import SenderNameTaken
from hub_sync.hub.domains.messages.message_templates import versions
from hub_sync.hub.domains.messages.message_templates.errors import MessageTemplateNameTaken
from hub_sync.hub.domains.messages.message_templates.schemas import NewMessageTemplate
from hub_sync.hub.domains.messages.senders import accounts
from hub_sync.hub.domains.messages.senders.schemas import NewSender
from hub_sync.hub.domains.workflows.calendars import calendars
from hub_sync.hub.domains.workflows.calendars.errors import BusinessCalendarExists
from hub_sync.hub.domains.workflows.calendars.schemas import NewBusinessCalendar
from hub_sync.hub.domains.workflows.definitions import definitions
from hub_sync.hub.domains.workflows.definitions.schemas import NewWorkflow
from hub_sync.hub.domains.workflows.errors import WorkflowExists
from hub_sync.hub.kit.db.name_column import FOLDED_NAME, UniquelyNamed
from hub_sync.hub.kit.db.tables import Base
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.errors import HubError
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded
from tests.support.waiting import eventually

Act = Callable[[Work, Seeded, str], Any]
_WAITING = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


def _account(work: Work, seeded: Seeded, name: str) -> None:
    new = {"name": name, "channel": "EMAIL", "host": "mail.example.org", "port": 25}
    new |= {"security": "NONE", "from_address": "hub@example.org"}
    accounts.create(work, seeded.tenant_id, NewSender.model_validate(new))


def _template(work: Work, seeded: Seeded, name: str) -> None:
    channel = MessageChannel.EMAIL if name == "Main" else MessageChannel.SMS
    new = NewMessageTemplate(name=name, channel=channel, locale="en", subject="", body="Hello")
    versions.create(work, seeded.tenant_id, new)


def _calendar(work: Work, seeded: Seeded, name: str) -> None:
    hours = {"monday": [{"opens": "09:00", "closes": "17:00"}]}
    calendars.create(
        work, seeded.tenant_id, NewBusinessCalendar.model_validate({"name": name, "hours": hours})
    )


def _workflow(work: Work, seeded: Seeded, name: str) -> None:
    key = FeedKey(seeded.tenant_id, seeded.event_id)
    definitions.create(work, key, NewWorkflow.model_validate({"name": name}))


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (_account, SenderNameTaken),
        (_template, MessageTemplateNameTaken),
        (_calendar, BusinessCalendarExists),
        (_workflow, WorkflowExists),
    ],
)
def test_of_two_requests_at_the_same_moment_the_second_is_refused_with_a_sentence(
    hub: HubContext, seeded: Seeded, act: Act, error: type[HubError]
) -> None:
    def second() -> None:
        with hub.uow.begin() as work:
            act(work, seeded, "MAIN")

    with ThreadPoolExecutor(1) as threads:
        with hub.uow.begin() as work:
            act(work, seeded, "Main")
            pending = threads.submit(second)
            if not hub.uow.database.is_sqlite:  # SQLite has one writer: the second begins after the commit
                with hub.uow.look_up() as looking:
                    eventually(lambda: pending.done() or looking.connection.scalar(_WAITING))
        with pytest.raises(error):
            pending.result()


def test_every_kind_with_unique_names_has_its_index_and_follows_a_change_of_the_name() -> None:
    kinds = [each.class_ for each in Base.registry.mappers if issubclass(each.class_, UniquelyNamed)]
    assert len(kinds) == 7
    for kind in kinds:
        table = inspect(kind).local_table
        assert isinstance(table, Table)
        unique = [each for each in table.indexes if each.unique and FOLDED_NAME in each.columns]
        constraints = [each for each in table.constraints if FOLDED_NAME in getattr(each, "columns", ())]
        assert len(unique) + len(constraints) == 1, kind
    gate = Checkpoint(name="MAIN  Gate")
    assert gate.folded_name == "main gate"
    gate.name = "Stra\u00dfe"
    assert gate.folded_name == "strasse"

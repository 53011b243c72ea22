"""A restored backup or a copied folder sends nothing that its twin sent, before a person says so."""

import shutil
from pathlib import Path

from sqlalchemy import update

from hub_sync.contract.enums import MessageChannel, MessageStatus
from hub_sync.hub.domains.messages.delivery.failures import DeliveryFailure
from hub_sync.hub.domains.messages.jobs import message_engine
from hub_sync.hub.domains.messages.sending import instances
from hub_sync.hub.domains.messages.sending.instances import FOLDER
from hub_sync.hub.domains.messages.tables import MessageDelivery, OutboxInstance
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.domains.messages.sending.conftest import Outbox
from tests.support.smtp_sink import RunningSink

S = MessageStatus


def confirm(hub: HubContext, outbox: Outbox, *, send_waiting: bool) -> None:
    with hub.uow.begin("user:ada") as work:
        (instance,) = instances.waiting_instances(work, outbox.tenant_id)
        instances.confirm(work, outbox.tenant_id, instance.id, send_waiting=send_waiting)


def test_a_restored_database_waits_for_a_person_who_may_list_the_rest_as_unsure(
    hub: HubContext, outbox: Outbox, sink: RunningSink
) -> None:
    outbox.add_account(sink)
    outbox.send("ada@example.org")
    outbox.run()
    outbox.send("bo@example.org", "draft@example.org", "screen@example.org")
    with hub.uow.begin() as work:  # the database goes back to before the first batch; the file does not
        work.session.execute(update(OutboxInstance).values(generation=0))
        of = update(MessageDelivery)
        work.session.execute(of.where(MessageDelivery.recipient == "draft@example.org").values(due_at=None))
        bulletin = of.where(MessageDelivery.recipient == "screen@example.org")
        work.session.execute(bulletin.values(channel=MessageChannel.KIOSK))
    outbox.run()
    others = {"draft": S.QUEUED, "screen": S.QUEUED}
    assert outbox.statuses() == {"ada": S.SENT, "bo": S.QUEUED, **others}
    confirm(hub, outbox, send_waiting=False)
    assert outbox.statuses() == {"ada": S.SENT, "bo": S.UNSURE, **others}
    outbox.run()
    row = outbox.rows()["bo@example.org"]
    assert (row.status, row.error_code) == (S.UNSURE, DeliveryFailure.OTHER_INSTANCE)
    outbox.send("cy@example.org")
    outbox.run()
    assert sorted(sink.recipients()) == ["ada@example.org", "cy@example.org"]


def test_a_copy_of_the_folder_is_another_instance(
    hub: HubContext, outbox: Outbox, sink: RunningSink, tmp_path: Path
) -> None:
    outbox.add_account(sink)
    outbox.send("ada@example.org")
    outbox.run()
    folder: Path = hub.settings.data / FOLDER
    folder.rename(tmp_path / "original")
    shutil.copytree(tmp_path / "original", folder)
    outbox.send("bo@example.org")
    outbox.run()
    assert outbox.statuses() == {"ada": S.SENT, "bo": S.QUEUED}
    confirm(hub, outbox, send_waiting=True)
    message_engine(hub).run_until_idle()
    assert outbox.statuses()["bo"] is S.SENT

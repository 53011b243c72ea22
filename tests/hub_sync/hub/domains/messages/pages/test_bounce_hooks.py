"""Providers post what became of messages, to an address that is a secret."""

from typing import Any

from fastapi import FastAPI
from starlette.testclient import TestClient

from hub_sync.contract.enums import MessageStatus
from hub_sync.hub.domains.messages.bounces.hooks import hook_path
from hub_sync.hub.domains.messages.senders import accounts
from hub_sync.hub.domains.messages.tables import MessageDelivery
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.console.browser_client import signed_in_as
from tests.hub_sync.hub.domains.messages.sending.conftest import Outbox
from tests.support.smtp_sink import RunningSink

S = MessageStatus


def path_of(hub: HubContext, outbox: Outbox, account: str) -> str:
    with hub.uow.read() as work:
        return hook_path(work, accounts.get(work, outbox.tenant_id, account))


def report(outbox: Outbox, name: str, event: str = "failed", **more: Any) -> dict[str, Any]:
    row = outbox.rows()[f"{name}@example.org"]
    return {"event": event, "message_id": row.message_id, "recipient": row.recipient, **more}


def test_reports_settle_messages_of_their_own_account_only(
    hub: HubContext, client: TestClient, outbox: Outbox, sink: RunningSink
) -> None:
    account, other = outbox.add_account(sink), outbox.add_account(sink, name="Other")
    outbox.send("ada@example.org", "bo@example.org", "cy@example.org")
    outbox.run()
    path, elsewhere = path_of(hub, outbox, account), path_of(hub, outbox, other)
    posts = [report(outbox, "ada", status="5.1.1"), report(outbox, "bo", "delivered")]
    assert client.post(elsewhere, json=posts).status_code == 200
    assert set(outbox.statuses().values()) == {S.SENT}, "the other account did not send them"
    for _ in range(2):
        assert client.post(path, json=posts, headers={"content-type": "text/plain"}).status_code == 200
    assert outbox.statuses() == {"ada": S.BOUNCED, "bo": S.DELIVERED, "cy": S.SENT}
    assert client.post(path, content=b"x=1").status_code == 400
    wrong = path[:-1] + ("0" if path[-1] != "0" else "1")
    for refused in (wrong, path.replace(account, other), path.replace(account, "none"), f"{path}é"):
        assert client.post(refused, json=report(outbox, "cy")).status_code == 404
    assert client.get(path).status_code == 405
    assert outbox.statuses()["cy"] is S.SENT


def test_a_report_that_is_quicker_than_the_engine_is_asked_for_again(
    hub: HubContext, client: TestClient, outbox: Outbox, sink: RunningSink
) -> None:
    account = outbox.add_account(sink)
    outbox.send("ada@example.org")
    outbox.run()
    row = outbox.rows()["ada@example.org"]
    path, post = path_of(hub, outbox, account), report(outbox, "ada")
    for status, answer in ((S.SENDING, 503), (S.SENT, 200)):
        with hub.uow.begin() as work:
            stored = work.session.get(MessageDelivery, (row.tenant_id, row.id))
            assert stored is not None
            stored.status = status
        assert client.post(path, json=post).status_code == answer
    assert outbox.statuses() == {"ada": S.BOUNCED}


def test_the_account_shows_the_address_and_a_renewed_one_ends_it(
    hub: HubContext, app: FastAPI, client: TestClient, outbox: Outbox, sink: RunningSink
) -> None:
    account = outbox.add_account(sink)
    before = path_of(hub, outbox, account)
    admin = signed_in_as(app, outbox.tenant_id)
    page = f"/settings/messages/accounts/{account}/edit"
    assert before in admin.read(page)
    confirm = {
        "Type": "SubscriptionConfirmation",
        "SubscribeURL": "https://sns.eu-west-1.amazonaws.com/?Token=1",
    }
    assert client.post(before, json=confirm).status_code == 200
    assert "https://sns.eu-west-1.amazonaws.com/?Token=1" in admin.read(page)
    renew = page.replace("/edit", "/bounce-address")
    question = admin.send(page, renew)
    assert question.status_code == 409
    assert admin.send(page, renew, {"confirmed": "renew"}).status_code == 303
    assert client.post(before, json=confirm).status_code == 404
    assert path_of(hub, outbox, account) in admin.read(page)

"""Accounts, messages and suppressed addresses in a browser without scripts."""

import pytest
from fastapi import FastAPI
from sqlalchemy import update

from hub_sync.contract.enums import MessageStatus
from hub_sync.hub.domains.messages.senders.problems import SenderProblem
from hub_sync.hub.domains.messages.tables import MessageSender
from tests.hub_sync.hub.console.browser_client import Browser, signed_in_as
from tests.hub_sync.hub.domains.messages.sending.conftest import Outbox
from tests.support.smtp_sink import RunningSink

HOME = "/settings/messages"
ACCOUNT = {
    "name": "Main",
    "host": "127.0.0.1",
    "security": "NONE",
    "from_address": "tickets@fair.example",
    "secret": "top secret",
}


@pytest.fixture
def admin(app: FastAPI, outbox: Outbox) -> Browser:
    return signed_in_as(app, outbox.tenant_id)


def test_an_account_is_added_tested_changed_and_deleted_and_its_password_is_never_shown(
    admin: Browser, outbox: Outbox, sink: RunningSink
) -> None:
    assert "No account yet" in admin.read(HOME)
    refused = admin.send(f"{HOME}/accounts/new", f"{HOME}/accounts/new", ACCOUNT | {"host": ""})
    assert refused.status_code == 422
    assert "An e-mail account needs a server" in refused.text
    sent = admin.send(f"{HOME}/accounts/new", f"{HOME}/accounts/new", ACCOUNT | {"port": str(sink.port)})
    path = sent.headers["location"]
    page = admin.read(path)
    assert "top secret" not in page
    test = path.replace("/edit", "/test")
    wrong = admin.send(path, test, {"recipient": "bounce@example.org"})
    assert "550 5.1.1 no such user" in wrong.text
    assert admin.send(path, test, {"recipient": "ada@example.org"}).status_code == 303
    assert sink.recipients() == {"ada@example.org": 1}
    taken = admin.send(
        f"{HOME}/accounts/new", f"{HOME}/accounts/new", ACCOUNT | {"host": "mail.example.org", "name": "main"}
    )
    assert (taken.status_code, "Another account is called “main”." in taken.text) == (409, True)
    assert 'value="mail.example.org"' in taken.text
    assert admin.send(path, path, {"name": "Second"}).status_code == 303
    assert "Second" in admin.read(HOME)
    first = admin.send(f"{HOME}/accounts/new", f"{HOME}/accounts/new", ACCOUNT).headers["location"]
    assert "Another account is called “SECOND”." in admin.send(first, first, {"name": "SECOND"}).text
    assert admin.send(first, first, {"name": "MAIN"}).status_code == 303
    assert "mailbox for bounces" not in admin.read(HOME)
    with outbox.hub.uow.begin() as work:
        work.session.execute(update(MessageSender).values(bounce_problem=SenderProblem.AUTHENTICATION))
    assert "mailbox for bounces" in admin.read(HOME)


def test_an_unsure_message_is_listed_and_sent_again_by_a_person(
    admin: Browser, outbox: Outbox, sink: RunningSink
) -> None:
    outbox.add_account(sink)
    outbox.send("drop@example.org", "later@example.org")
    outbox.run()
    page = admin.read(f"{HOME}/outbox?filter[status]=UNSURE")
    assert "drop@example.org" in page
    assert "later@example.org" not in page
    row = outbox.rows()["drop@example.org"]
    again = f"{HOME}/outbox/{row.id}/again"
    assert admin.send(f"{HOME}/outbox", again).status_code == 303
    assert outbox.statuses()["drop"] is MessageStatus.QUEUED
    admin.post(again)
    assert "can&#39;t be sent again" in admin.read(f"{HOME}/outbox")


def test_an_address_is_put_on_the_list_and_taken_off(admin: Browser) -> None:
    path = f"{HOME}/suppressions"
    form = {"address": "Ada@Example.org", "purpose": "MARKETING"}
    assert admin.send(f"{path}/new", f"{path}/new", form).status_code == 303
    text = admin.read(path)
    assert "ada@example.org" in text
    twice = admin.send(f"{path}/new", f"{path}/new", form)
    assert "on the list already" in twice.text
    id_ = text.partition(f'action="{path}/')[2].partition("/delete")[0]
    assert admin.send(path, f"{path}/{id_}/delete").status_code == 303
    assert "Nobody is on the list" in admin.read(path)

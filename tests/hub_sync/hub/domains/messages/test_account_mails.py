"""Links of accounts go by mail where the hub can send, and the sign-in page tells nobody which addresses exist."""

import re
from email import message_from_string
from email.policy import default

import pytest
from fastapi import FastAPI

from hub_sync.contract.enums import MessageStatus
from hub_sync.hub.domains.accounts import service as accounts
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.console.browser_client import Browser, signed_in_as
from tests.hub_sync.hub.domains.messages.sending.conftest import Outbox, outbox, sink
from tests.support.smtp_sink import RunningSink

__all__ = ["outbox", "sink"]
pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
NEW = "/settings/users/new"
USER = "ada@example.org"


def invite(admin: Browser, email: str) -> str:
    """Invite somebody; return the page that follows."""
    answer = admin.send(NEW, NEW, {"email": email, "role": "VIEWER"})
    return admin.read(answer.headers["location"]) if answer.status_code == 303 else answer.text


def link_in(sink: RunningSink, address: str) -> str:
    """Return the path of the link in the newest mail to an address."""
    raw = [mail["raw"] for mail in sink.messages() if mail["to"] == address][-1]
    text = message_from_string(raw, policy=default).get_content()
    match = re.search(r"https?://[^/\s]+(/(?:invitation|reset)/[\w-]+)", text)
    assert match, text
    return match[1]


def test_an_invitation_goes_by_mail_in_the_language_of_whoever_invites_and_is_copied_without_an_account(
    app: FastAPI, outbox: Outbox, sink: RunningSink
) -> None:
    admin = signed_in_as(app, outbox.tenant_id)
    assert "/invitation/" in invite(admin, "bo@example.org"), (
        "without a mail account a person copies the link"
    )
    sender = outbox.add_account(sink)
    admin.client.headers["Accept-Language"] = "de"
    page = invite(admin, USER)
    assert "/invitation/" not in page
    assert "Eine E-Mail mit dem Link geht an" in page
    outbox.run()
    assert "Einladung" in sink.messages()[-1]["raw"]
    row = outbox.rows()[USER]
    assert (row.status, row.content) == (MessageStatus.SENT, {}), "the link is forgotten once it went out"
    path = link_in(sink, USER)
    form = {"password": "a long password", "again": "a long password", "name": "Ada"}
    assert Browser(app).send(path, path, form).status_code == 303
    outbox.change_account(sender, port=1)
    invite(admin, "cy@example.org")
    outbox.run()
    assert "/invitation/" in invite(admin, "dee@example.org"), "the account is known to fail"


def test_a_reset_is_asked_for_on_the_sign_in_page_and_tells_nothing(
    app: FastAPI, hub: HubContext, outbox: Outbox, sink: RunningSink
) -> None:
    visitor = Browser(app)
    assert 'name="email"' not in visitor.read("/forgot"), "nothing can be sent"
    outbox.add_account(sink)
    with hub.uow.begin() as work:
        user = accounts.create_user(work, outbox.tenant_id, USER, "a long password")
        user.language = "ar"
    answers = set()
    for address in (USER, "nobody@example.org", "no address", "", USER.upper(), USER, USER):
        answer = visitor.send("/forgot", "/forgot", {"email": address})
        answers.add((answer.status_code, answer.headers["location"], len(answer.content)))
    assert len(answers) == 1
    outbox.run()
    rows = outbox.rows()
    assert set(rows) == {USER}
    assert len(sink.messages()) == 3, "an account gets three an hour, without a word to whoever asks"
    assert rows[USER].locale == "ar"
    path = link_in(sink, USER)
    form = {"password": "another long one", "again": "another long one"}
    assert Browser(app).send(path, path, form).status_code == 303
    for _ in range(4):
        last = visitor.send("/forgot", "/forgot", {"email": "nobody@example.org"})
    assert last.status_code == 429


def test_a_link_is_sent_or_shown_as_the_administrator_wants(
    app: FastAPI, hub: HubContext, outbox: Outbox, sink: RunningSink
) -> None:
    outbox.add_account(sink)
    with hub.uow.begin() as work:
        user_id = accounts.create_user(work, outbox.tenant_id, USER, "a long password").id
    admin, path = signed_in_as(app, outbox.tenant_id), f"/settings/users/{user_id}/link"
    assert "/reset/" in admin.send(path, path).text
    assert admin.send(path, path, {"by_mail": "true"}).headers["location"] == f"/settings/users/{user_id}"
    outbox.run()
    assert link_in(sink, USER).startswith("/reset/")

"""The pages of messages in a browser without scripts: a template, a broadcast with its ledger, automatic messages."""

import re
from pathlib import Path

import pytest
from fastapi import FastAPI

from hub_sync.contract.enums import MessageChannel, MessageStatus
from hub_sync.hub.domains.messages.suppression import suppressions
from hub_sync.hub.kit.security.permissions import Role
from tests.hub_sync.hub.console.browser_client import HERE, Browser, signed_in_as
from tests.hub_sync.hub.domains.messages.conftest import MessageHub
from tests.hub_sync.hub.domains.messages.sending.conftest import Outbox
from tests.support.smtp_sink import running_sink

TEMPLATES = "/settings/message-templates"
NEW = {"name": "Programme", "channel": "EMAIL", "locale": "en", "event_id": ""}


@pytest.fixture
def admin(app: FastAPI, messages: MessageHub) -> Browser:
    """Return the browser of an administrator."""
    return signed_in_as(app, messages.key.tenant_id, Role.ADMIN)


def test_a_template_is_written_previewed_with_a_real_person_and_published(
    admin: Browser, messages: MessageHub
) -> None:
    (ada,) = messages.register("Ada")
    assert "Registration received" in admin.read(TEMPLATES)
    path = admin.send(f"{TEMPLATES}/new", f"{TEMPLATES}/new", NEW).headers["location"]
    body = "Dear {{ participant.first_name }}, <script>x</script>{{ participant.nickname }}"
    refused = admin.send(path, path, {"subject": "Programme", "body": body})
    assert refused.status_code == 422
    assert "participant.nickname" in refused.text
    assert "&lt;script&gt;x" in refused.text, "what was typed is still there"
    whom = {"event_id": messages.key.event_id, "person_id": ada}
    body = body.replace("{{ participant.nickname }}", "")
    preview = admin.send(path, f"{path}/preview", {"subject": "Programme", "body": body, **whom})
    assert "Dear Ada," in preview.text
    assert "<script" not in preview.text
    policy = preview.headers["content-security-policy"]
    assert "sandbox" in policy
    assert "default-src 'none'" in policy
    assert admin.get(path).headers["content-security-policy"].endswith("frame-src 'self'")
    admin.send(path, path, {"subject": "Programme", "body": body, "publish": "1"})
    page = admin.read(path)
    assert "Published" in page
    assert "Dear {{ participant.first_name }}" in page
    assert "Dear Ada," in admin.read(f"{path}/preview?event_id={whom['event_id']}&person_id={ada}")


def test_a_broadcast_is_previewed_sent_and_says_what_happened_for_each_person(
    admin: Browser, messages: MessageHub
) -> None:
    here = f"/events/{messages.key.event_id}/broadcasts"
    assert "No broadcasts yet" in admin.read(here)
    messages.register("Ada", " Nameless")
    messages.register("Nobody", email=None)
    messages.template()
    form = {
        "chosen": "1",
        "status": "APPROVED",
        "title": "Hello",
        "template_name": "News",
        "channels": "EMAIL",
    }
    missing = admin.send(f"{here}/new", f"{here}/new", form | {"title": ""})
    assert missing.status_code == 422
    assert "Fill this in." in missing.text
    path = admin.send(f"{here}/new", f"{here}/new", form).headers["location"]
    page = admin.read(path)
    for words in ("1 person will be written to", "1 without “First name”: write instead", "No address"):
        assert words in page
    assert "Hello Ada" in admin.read(f"{path}/sample")
    long = admin.send(path, f"{path}/preview", {"default:participant.first_name": "g" * 201})
    assert (long.status_code, "At most 200 characters." in long.text, "g" * 201 in long.text) == (
        422,
        True,
        True,
    )
    admin.send(path, f"{path}/preview", {"default:participant.first_name": "guest"})
    page = admin.read(path)
    assert "write instead" not in page
    hash_ = re.search(r'name="audience_hash" value="(\w+)"', page)
    assert hash_ is not None
    late = {"audience_hash": hash_[1], "when": "later", "scheduled_at": "2020-01-01T10:00"}
    past = admin.send(path, f"{path}/start", late)
    assert past.status_code == 422
    assert "This time is over" in past.text
    admin.send(path, f"{path}/start", {"audience_hash": hash_[1], "when": "now"})
    for row, status in zip(messages.outbox(), (M.FAILED, M.SENT, M.UNSURE), strict=True):
        messages.settle(row.recipient, status)
    messages.job.run_once()
    page = admin.read(path)
    for words in (
        "Ended; some did not get it",
        "Nobody knows if it arrived",
        "Nobody can be reached at this address.",
    ):
        assert words in page
    assert "Nameless" in admin.read(f"{path}?filter[status]=UNSURE")
    exported = admin.read(f"{path}/messages.csv")
    assert exported.count("\r\n") == 4
    assert "UNSURE" in exported
    for kind in ("csv", "xlsx"):
        refused = admin.client.get(f"{path}/messages.{kind}?filter[status]=NONE")
        assert refused.status_code == 400, "it is refused before the file has begun"
    again = admin.send(path, f"{path}/resend", {"include_unsure": "1"}).headers["location"]
    page = admin.read(again)
    assert "1 person will be written to" in page
    hash_ = re.search(r'name="audience_hash" value="(\w+)"', page)
    assert hash_ is not None
    twice = {"audience_hash": hash_[1], "when": "later", "scheduled_at": "2026-10-25T02:30"}
    admin.send(again, f"{again}/start", twice)
    assert "It is scheduled. 02:30 comes twice on that day; the first one is meant" in admin.read(again)


def test_a_broadcast_says_why_its_messages_wait(
    admin: Browser, messages: MessageHub, outbox: Outbox, tmp_path: Path
) -> None:
    messages.register("Ada")
    messages.template()
    id_ = messages.broadcast()
    path = f"/events/{messages.key.event_id}/broadcasts/{id_}"
    assert "No account is in use for this channel" in admin.read(path)
    with running_sink(tmp_path, login="fair:right") as sink:
        account = outbox.add_account(sink, name="Fair & Co", username="fair", secret="wrong")
        assert "messages wait" not in admin.read(path)
        messages.start(id_)
        outbox.run()
        page = admin.read(path)
        for words in (
            "Fair &amp; Co",
            "does not work, so messages wait:",
            "The server refuses the user name or the password.",
            f'href="/settings/messages/accounts/{account}/edit"',
        ):
            assert words in page
        outbox.change_account(account, secret="right")
        outbox.run()
    assert "messages wait" not in admin.read(path)
    assert [row.status for row in messages.outbox()] == [M.SENT]


def test_those_who_are_ticked_in_the_list_of_participants_are_written_to(
    admin: Browser, messages: MessageHub
) -> None:
    ids = messages.register("Ada", "Bob", "Cleo")
    messages.template()
    here = f"/events/{messages.key.event_id}/broadcasts/new"
    page = admin.send(here, here, {"scope": "ticked", "person": ids[:2]}).text
    assert "2 ticked participants" in page
    form = {"chosen": "1", "scope": "ticked", "ids": " ".join(ids[:2]), "title": "x", "template_name": "News"}
    path = admin.send(here, here, form | {"channels": "EMAIL"}).headers["location"]
    assert "2 people will be written to" in admin.read(path)
    with messages.hub.uow.begin() as work:
        suppressions.suppress_complained(
            work, messages.key.tenant_id, MessageChannel.EMAIL, "bob@example.org"
        )
    counted = admin.read(path)
    assert "1 person will be written to" in counted, "whoever has unsubscribed is not"
    assert "Send to 1 person" in counted


def test_the_form_of_a_broadcast_sent_twice_makes_one_draft(admin: Browser, messages: MessageHub) -> None:
    messages.register("Ada")
    messages.template()
    here = f"/events/{messages.key.event_id}/broadcasts/new"
    form = {
        "chosen": "1",
        "status": "APPROVED",
        "title": "Hello",
        "template_name": "News",
        "channels": "EMAIL",
    }
    fields = admin.fill_in(here, here, form)
    first, second = (admin.client.post(here, data=fields, headers=HERE).headers["location"] for _ in range(2))
    assert first == second
    assert "1 person will be written to" in admin.read(first)


def test_an_automatic_message_is_switched_on_and_tried_out(admin: Browser, messages: MessageHub) -> None:
    (ada,) = messages.register("Ada")
    path = f"/events/{messages.key.event_id}/automatic-messages/participant.approved"
    form = {"is_active": "1", "template_name": "ticket", "channels": "EMAIL", "language": "de"}
    assert admin.send(path, path, form | {"template_name": "nothing"}).status_code == 422
    admin.send(path, path, form)
    assert "On" in admin.read(path.rpartition("/")[0])
    wrong = admin.send(path, f"{path}/test", {"person_id": ada, "recipient": "nobody"})
    assert wrong.status_code == 422
    admin.send(path, f"{path}/test", {"person_id": ada, "recipient": "me@example.org"})
    assert [row.recipient for row in messages.outbox()] == ["me@example.org"]


M = MessageStatus

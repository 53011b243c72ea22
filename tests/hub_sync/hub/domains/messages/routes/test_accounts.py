"""Accounts over REST: a stored password never comes out, and goes to no other server."""

from typing import Any

from sqlalchemy import select

from hub_sync.hub.domains.audit.tables import AuditLog
from hub_sync.hub.domains.messages.manifest import COMMUNICATION_BROADCAST
from hub_sync.hub.domains.messages.senders import accounts
from hub_sync.hub.domains.messages.senders.settings import settings_of
from tests.hub_sync.hub.domains.messages.sending.conftest import Outbox
from tests.support.rest_client import CallerMaker, Rest, refused
from tests.support.smtp_sink import RunningSink

PATH = "/message-senders"
SECRET = "kept-from-everybody-7381"
MAIL: dict[str, Any] = {
    "name": "Main",
    "host": "127.0.0.1",
    "security": "NONE",
    "from_address": "tickets@fair.example",
    "secret": SECRET,
    "bounce_host": "imap.fair.example",
    "bounce_secret": SECRET,
}


def test_an_account_is_created_tested_changed_and_deleted_and_no_answer_has_its_secrets(
    rest: Rest, stranger: Rest, outbox: Outbox, sink: RunningSink
) -> None:
    refused(rest.post(PATH, json=MAIL | {"host": ""}), 422, "SenderIncomplete")
    created = rest.post(PATH, json=MAIL | {"port": sink.port})
    account = created.json()["data"]
    assert (created.status_code, account["is_default"], account["has_secret"]) == (201, True, True)
    assert account["has_bounce_secret"] is True
    path = f"{PATH}/{account['id']}"
    read, listed = rest.get(path), rest.get(f"{PATH}?filter[channel]=EMAIL")
    assert [each["id"] for each in listed.json()["data"]] == [account["id"]]
    version = {"If-Match": read.headers["etag"]}
    assert rest.get(path, headers={"If-None-Match": version["If-Match"]}).status_code == 200
    changed = rest.put(path, json={"connections": 2, "quiet_from": "22:00"}, headers=version)
    assert changed.json()["data"]["connections"] == 2
    refused(rest.put(path, json={"connections": 3}, headers=version), 412, "SenderChanged")
    refused(rest.post(f"{path}/test", json={"recipient": "nobody"}), 422, "RecipientInvalid")
    failed = refused(
        rest.post(f"{path}/test", json={"recipient": "bounce@example.org"}), 409, "SenderTestFailed"
    )
    assert "550 5.1.1" in failed["detail"]
    for recipient, words in (
        ("closes@example.org", "The server answered: 421 4.3.2 closing"),
        ("drop@example.org", "The test may have arrived."),
    ):
        failed = refused(rest.post(f"{path}/test", json={"recipient": recipient}), 409, "SenderTestFailed")
        assert failed["detail"].endswith(words)
    once = {"Idempotency-Key": "a-test"}
    for _ in range(2):
        sent = rest.post(f"{path}/test", json={"recipient": "ada@example.org"}, headers=once)
        assert sent.status_code == 204
    assert sink.recipients() == {"ada@example.org": 1}
    with outbox.hub.uow.read() as work:
        audited = str([(row.before, row.after) for row in work.session.scalars(select(AuditLog))])
    answers = [created, read, listed, changed]
    assert SECRET not in audited + "".join(answer.text for answer in answers)
    for method in ("GET", "PUT", "DELETE"):
        refused(stranger.call(method, path, json={}, headers={"If-Match": "*"}), 404, "SenderNotFound")
    for changes, words in (
        ({"security": "TLS"}, "can't be encrypted as it is set here"),
        ({"security": "NONE", "port": 9}, "can't be reached"),
    ):
        rest.put(path, json=changes | {"secret": SECRET}, headers={"If-Match": "*"})
        failed = refused(
            rest.post(f"{path}/test", json={"recipient": "ada@example.org"}), 409, "SenderTestFailed"
        )
        assert words in failed["detail"]
        assert "answered" not in failed["detail"], "nobody did"
    assert rest.delete(path).status_code == 204
    refused(rest.get(path), 404, "SenderNotFound")


def test_a_stored_password_goes_to_no_other_server_and_not_in_the_clear(
    caller: CallerMaker, outbox: Outbox
) -> None:
    rest = caller(COMMUNICATION_BROADCAST)
    id_ = rest.post(PATH, json=MAIL | {"security": "TLS"}).json()["data"]["id"]

    def change(**values: Any) -> Any:
        return rest.put(f"{PATH}/{id_}", json=values, headers={"If-Match": "*"})

    for values in ({"host": "evil.example"}, {"username": "other"}, {"security": "NONE"}):
        refused(change(**values), 422, "SecretNeeded")
    for values in ({"bounce_host": "evil.example"}, {"bounce_security": "NONE"}):
        refused(change(**values), 422, "BounceSecretNeeded")
    refused(change(channel="SMS"), 422, "SenderChannelFixed")
    assert change(host="127.0.0.1", port=2525, security="STARTTLS", channel="EMAIL").status_code == 200
    assert change(host="mail.example", secret="another").status_code == 200
    with outbox.hub.uow.begin() as work:
        smtp = settings_of(work, accounts.get(work, outbox.tenant_id, id_)).smtp
    assert (smtp.host, smtp.password) == ("mail.example", "another")
    refused(caller("participants:read").get(PATH), 403, "PermissionMissing")

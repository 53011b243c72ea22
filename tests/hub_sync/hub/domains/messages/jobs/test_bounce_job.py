"""Bounces are read from a real mailbox: Dovecot, with TLS (spec/field/4-messages.md, 4c)."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from hub_sync.contract.clock import ManualClock
from hub_sync.contract.enums import MessageStatus, SuppressionSource
from hub_sync.hub.domains.messages.delivery.failures import DeliveryFailure
from hub_sync.hub.domains.messages.jobs.bounce_job import READ_EVERY, RETRY_AFTER, BounceJob
from hub_sync.hub.domains.messages.senders.problems import SenderProblem
from hub_sync.hub.domains.messages.sending.instances import FOLDER
from hub_sync.hub.domains.messages.tables import ConnectionSecurity, MessageSuppression
from hub_sync.hub.kit.events.domain_events import StoredDomainEvent
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.domains.messages.sending.conftest import Outbox
from tests.support.builders.bounce_mails import bounce, complaint, vacation
from tests.support.network.imap_server import PASSWORD, USER, ImapServer, running_imap_server
from tests.support.smtp_sink import RunningSink

S = MessageStatus
HUMAN = b"From: Eve <eve@example.org>\r\nSubject: When does it begin?\r\n\r\nAnd where?\r\n"
_MOMENT = timedelta(seconds=1)


@pytest.fixture(scope="module")
def server() -> Iterator[ImapServer]:
    with running_imap_server() as server:
        yield server


@pytest.fixture
def imap(server: ImapServer, monkeypatch: pytest.MonkeyPatch) -> ImapServer:
    """Empty the mailbox; the server's certificate is trusted."""
    monkeypatch.setenv("SSL_CERT_FILE", str(server.authority))
    client = server.client()
    client.select("INBOX")
    client.uid("STORE", "1:*", "+FLAGS", r"(\Deleted)")
    client.expunge()
    client.logout()
    return server


def mailbox(imap: ImapServer, **more: object) -> dict[str, object]:
    return {
        "bounce_host": "localhost",
        "bounce_port": imap.tls_port,
        "bounce_username": USER,
        "bounce_secret": PASSWORD,
        **more,
    }


def suppressed(hub: HubContext) -> set[tuple[str, SuppressionSource]]:
    row = MessageSuppression
    with hub.uow.read() as work:
        return {
            (address, source) for address, source in work.session.execute(select(row.address, row.source))
        }


def emitted(hub: HubContext, type_: str) -> int:
    with hub.uow.read() as work:
        return len(
            work.session.scalars(select(StoredDomainEvent.id).where(StoredDomainEvent.type == type_)).all()
        )


def test_reports_settle_their_own_messages_and_no_other_mail_is_touched(
    hub: HubContext, outbox: Outbox, sink: RunningSink, imap: ImapServer, clock: ManualClock
) -> None:
    account = outbox.add_account(sink, **mailbox(imap, has_bounce_tags=True, bounce_address="b@fair.example"))
    people = ("ada", "bo", "cy", "dee", "full")
    outbox.send(*(f"{name}@example.org" for name in people[:4]))
    outbox.run()
    ids = {name: outbox.rows()[f"{name}@example.org"].message_id for name in people[:4]}
    tags = {mail["to"]: mail["from"] for mail in sink.messages()}
    assert tags["dee@example.org"].startswith("b+")
    stranger = bounce("<01977a3e-5b1c-7d2a-9f00-6c1d2e3f4a5b@fair.example>", recipient="stranger@example.org")
    imap.deliver(
        bounce(ids["ada"]),
        vacation(ids["dee"]),
        bounce(ids["bo"], action="delayed", status="4.4.1", recipient="bo@example.org"),
        stranger.replace(b"Mail 5.1.1", b"Mail forged"),
        HUMAN,
        complaint(ids["cy"]),
        bounce("<lost@mx>", to=tags["dee@example.org"], status="5.2.2", recipient="dee@example.org"),
        # Of a message to Bo, but it accuses another address: neither is put on the list.
        bounce(ids["bo"], status="5.1.2", recipient="stranger@example.org"),
    )
    job = BounceJob(hub)
    assert job.run_once() == 5
    assert outbox.statuses() == {"ada": S.BOUNCED, "bo": S.BOUNCED, "cy": S.SENT, "dee": S.BOUNCED}
    rows = outbox.rows()
    assert rows["ada@example.org"].error == "5.1.1 smtp; 550 5.1.1 no such user"
    assert rows["cy@example.org"].error_code == DeliveryFailure.COMPLAINED
    assert suppressed(hub) == {
        ("ada@example.org", SuppressionSource.BOUNCE),
        ("cy@example.org", SuppressionSource.COMPLAINT),
    }
    assert emitted(hub, "MessageBounced") == 3
    left = {"Undeliverable until Monday", "Undelivered Mail forged", "When does it begin?"}
    assert imap.flags().keys() == left
    assert all("Seen" not in flags and "Deleted" not in flags for flags in imap.flags().values())
    clock.advance(READ_EVERY + _MOMENT)
    imap.deliver(bounce(ids["ada"]))
    assert job.run_once() == 1, "only what is new is read"
    assert emitted(hub, "MessageBounced") == 3, "the same report twice changes nothing"
    assert outbox.account(account).bounce_problem is None


def test_a_wrong_password_is_said_and_not_tried_again_at_once_and_mending_it_reads_what_came(
    hub: HubContext, outbox: Outbox, sink: RunningSink, imap: ImapServer, clock: ManualClock
) -> None:
    account = outbox.add_account(sink, **mailbox(imap))
    outbox.send("ada@example.org")
    outbox.run()
    imap.deliver(bounce(outbox.rows()["ada@example.org"].message_id))
    outbox.change_account(account, bounce_secret="wrong")
    job = BounceJob(hub)
    assert job.run_once() == 0
    assert outbox.account(account).bounce_problem == SenderProblem.AUTHENTICATION
    outbox.change_account(account, bounce_secret="p\u00e4ssword")
    assert job.run_once() == 0
    assert outbox.account(account).bounce_problem == SenderProblem.AUTHENTICATION, "the server could read it"
    outbox.change_account(
        account,
        bounce_secret=PASSWORD,
        bounce_security=ConnectionSecurity.STARTTLS,
        bounce_port=imap.plain_port,
        bounce_host="127.0.0.1",  # the certificate names localhost only
    )
    assert job.run_once() == 0
    assert outbox.account(account).bounce_problem == SenderProblem.CERTIFICATE
    clock.advance(RETRY_AFTER - _MOMENT)
    job.run_once()
    read_at = outbox.account(account).bounces_read_at
    assert read_at is not None
    assert read_at < clock.now() - READ_EVERY, "it is left alone for a while"
    outbox.change_account(account, bounce_host="localhost", bounce_secret=PASSWORD)
    assert job.run_once() == 1
    assert outbox.statuses() == {"ada": S.BOUNCED}


def test_a_copy_of_the_hub_reads_no_mailbox(
    hub: HubContext, outbox: Outbox, sink: RunningSink, imap: ImapServer
) -> None:
    outbox.add_account(sink, **mailbox(imap))
    outbox.send("ada@example.org")
    outbox.run()
    imap.deliver(bounce(outbox.rows()["ada@example.org"].message_id))
    for file in (hub.settings.data / FOLDER).iterdir():
        file.unlink()
    assert BounceJob(hub).run_once() == 0
    assert len(imap.flags()) == 1

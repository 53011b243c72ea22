"""Messages go out once, through a real mail server, whatever it answers (spec/field/4-messages.md, 4c)."""

import asyncio
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from hub_sync.contract.clock import ManualClock
from hub_sync.contract.enums import MessageChannel, MessagePurpose, MessageStatus
from hub_sync.hub.domains.messages.delivery.content import DeliveryContent, StoredContent
from hub_sync.hub.domains.messages.delivery.failures import DeliveryFailure
from hub_sync.hub.domains.messages.delivery.retry_schedule import SendOutcome
from hub_sync.hub.domains.messages.jobs import message_engine
from hub_sync.hub.domains.messages.senders import smtp
from hub_sync.hub.domains.messages.senders.problems import SenderProblem
from hub_sync.hub.domains.messages.sending import engine
from hub_sync.hub.domains.messages.sending.batch import MessageBatch
from hub_sync.hub.domains.messages.sending.repository import LEASE, OutboxRepository
from hub_sync.hub.domains.messages.service import RenderedMessage
from hub_sync.hub.domains.messages.suppression import suppressions
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.domains.messages.sending.conftest import Outbox
from tests.support.smtp_sink import RunningSink, running_sink
from tests.support.waiting import eventually

S = MessageStatus


def test_each_answer_of_a_server_settles_as_it_means(
    outbox: Outbox, sink: RunningSink, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "DATA_TIMEOUT_S", 0.3)
    outbox.add_account(sink)
    kinds = ("ada", "later", "bounce", "full", "spam", "closes", "drop", "hang")
    outbox.send(*(f"{kind}@example.org" for kind in kinds), "not an address")
    outbox.run()
    assert outbox.statuses() == {
        "ada": S.SENT,
        "later": S.DEFERRED,
        "bounce": S.BOUNCED,
        "full": S.BOUNCED,
        "spam": S.FAILED,
        "closes": S.SENT,  # 421: another connection sends it
        "drop": S.UNSURE,
        "hang": S.UNSURE,
        "not an address": S.FAILED,
    }
    rows = outbox.rows()
    assert rows["bounce@example.org"].error == "550 5.1.1 no such user"
    assert rows["drop@example.org"].error_code == DeliveryFailure.UNCERTAIN
    assert rows["ada@example.org"].content == {}, "what may hold a link that signs in is forgotten"
    message_id = rows["later@example.org"].message_id
    clock.advance(timedelta(minutes=2))
    outbox.run()
    assert outbox.statuses()["later"] is S.SENT
    assert outbox.statuses()["drop"] is S.UNSURE, "never again without a person's word"
    assert sink.recipients() == {"ada@example.org": 1, "later@example.org": 1, "closes@example.org": 1}
    ids = {message["to"]: message["message_id"] for message in sink.messages()}
    assert ids["later@example.org"] == message_id
    assert message_id.endswith("@fair.example>")


def test_domains_with_letters_beyond_ascii_are_written_as_name_servers_have_them(
    outbox: Outbox, sink: RunningSink
) -> None:
    """They were encoded as words, which is no address, and MAIL FROM failed: each message was UNSURE though none had begun."""
    outbox.add_account(sink, from_address="tickets@messe-k\u00f6ln.example")
    outbox.send("ada@k\u00f6ln.example")
    outbox.run()
    (mail,) = sink.messages()
    assert (mail["from"], mail["to"]) == ("tickets@xn--messe-kln-67a.example", "ada@xn--kln-sna.example")
    assert mail["message_id"].endswith("@xn--messe-kln-67a.example>")
    assert set(outbox.statuses().values()) == {S.SENT}
    with pytest.raises(ValidationError, match="before the @"):
        outbox.add_account(sink, name="Other", from_address="j\u00f6rg@example.org")


def test_a_server_that_closes_after_some_messages_gets_another_connection(
    outbox: Outbox, tmp_path: Path
) -> None:
    with running_sink(tmp_path, limit=3) as sink:
        outbox.add_account(sink, connections=2)
        outbox.send(*(f"ada{number}@example.org" for number in range(20)))
        outbox.run()
        assert set(outbox.statuses().values()) == {S.SENT}
        assert set(sink.recipients().values()) == {1}
        assert len(sink.recipients()) == 20


def test_a_wrong_password_burns_nobody_and_sending_goes_on_once_it_is_mended(
    outbox: Outbox, tmp_path: Path
) -> None:
    with running_sink(tmp_path, login="fair:right") as sink:
        account = outbox.add_account(sink, username="fair", secret="wrong")
        outbox.send("ada@example.org", "bo@example.org")
        outbox.run()
        assert outbox.account(account).problem == SenderProblem.AUTHENTICATION
        assert outbox.account(account).retry_at is None
        assert set(outbox.statuses().values()) == {S.QUEUED}
        assert {row.attempts for row in outbox.rows().values()} == {0}
        outbox.run()
        outbox.change_account(account, secret="right")
        outbox.run()
        assert set(outbox.statuses().values()) == {S.SENT}
        assert outbox.account(account).problem is None


def test_an_unreachable_server_is_tried_again_later(
    outbox: Outbox, sink: RunningSink, clock: ManualClock
) -> None:
    account = outbox.add_account(sink, port=1)
    outbox.send("ada@example.org")
    outbox.run()
    broken = outbox.account(account)
    assert (broken.problem, outbox.statuses()) == (SenderProblem.UNREACHABLE, {"ada": S.QUEUED})
    assert broken.retry_at is not None
    outbox.change_account(account, port=sink.port)
    outbox.run()
    assert outbox.statuses() == {"ada": S.SENT}


def test_an_opt_out_wins_that_comes_after_the_message_was_prepared(
    outbox: Outbox, sink: RunningSink, hub: HubContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox.add_account(sink)
    outbox.send("ada@example.org", "bo@example.org")
    outbox.send("eve@example.org", purpose=MessagePurpose.TRANSACTIONAL)
    opened = smtp.SmtpConnection.open

    async def open_late(self: smtp.SmtpConnection) -> None:
        """Opt out once all is prepared, a moment before the first claim."""
        await opened(self)
        with hub.uow.begin() as work:
            for address in ("ada@example.org", "eve@example.org"):
                suppressions.suppress_bounced(work, outbox.tenant_id, MessageChannel.EMAIL, address, "")

    monkeypatch.setattr(smtp.SmtpConnection, "open", open_late)
    outbox.run()
    assert outbox.statuses() == {"ada": S.SUPPRESSED, "bo": S.SENT, "eve": S.SENT}
    assert sorted(sink.recipients()) == ["bo@example.org", "eve@example.org"]


def test_quiet_hours_of_the_recipients_zone_defer_once(
    outbox: Outbox, sink: RunningSink, clock: ManualClock
) -> None:
    outbox.add_account(sink, quiet_from="22:00", quiet_until="08:00")
    clock.advance(
        datetime(2026, 6, 10, 9, 0, tzinfo=UTC) - clock.now()
    )  # 11:00 in Berlin, 22:00 in Pago Pago, 23:00 in Kiritimati
    outbox.send("ada@example.org", time_zone="Europe/Berlin")
    outbox.send("bo@example.org", time_zone="Pacific/Pago_Pago")
    outbox.send("cy@example.org", time_zone="Pacific/Kiritimati")
    outbox.send("dee@example.org", time_zone="Pacific/Kiritimati", purpose=MessagePurpose.TRANSACTIONAL)
    outbox.run()
    assert outbox.statuses() == {"ada": S.SENT, "bo": S.DEFERRED, "cy": S.DEFERRED, "dee": S.SENT}
    rows = outbox.rows()
    assert rows["bo@example.org"].due_at == datetime(2026, 6, 10, 19, 0, tzinfo=UTC)
    assert rows["cy@example.org"].due_at == datetime(2026, 6, 10, 18, 0, tzinfo=UTC)
    clock.advance(datetime(2026, 6, 10, 19, 0, tzinfo=UTC) - clock.now())
    outbox.run()
    assert set(sink.recipients().values()) == {1}
    assert set(outbox.statuses().values()) == {S.SENT}


def test_what_is_too_late_is_not_sent(outbox: Outbox, sink: RunningSink, clock: ManualClock) -> None:
    outbox.add_account(sink)
    outbox.send("ada@example.org", latest_at=clock.now() + timedelta(hours=1))
    clock.advance(timedelta(hours=5))
    outbox.run()
    row = outbox.rows()["ada@example.org"]
    assert (row.status, row.error_code) == (S.DEAD, DeliveryFailure.TOO_LATE)
    assert sink.messages() == []


def test_a_limit_holds_over_a_restart(outbox: Outbox, sink: RunningSink, clock: ManualClock) -> None:
    outbox.add_account(sink, window_limit=3, window_seconds=60)
    outbox.send(*(f"ada{number}@example.org" for number in range(5)))
    outbox.run()
    outbox.run()
    assert len(sink.messages()) == 3
    clock.advance(timedelta(seconds=61))
    outbox.run()
    assert len(sink.messages()) == 5


def test_connections_go_on_with_what_is_ready_while_more_is_prepared(
    outbox: Outbox, sink: RunningSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    send, build, sent, went_on = smtp.SmtpConnection.send, StoredContent.build, [], []
    enough = threading.Event()

    async def counting_send(self: smtp.SmtpConnection, recipient: str, *more: Any) -> SendOutcome:
        outcome = await send(self, recipient, *more)
        sent.append(recipient)
        if len(sent) == 7:  # the first portion is of eight, and the second is begun after four
            enough.set()
        return outcome

    def slow_build(self: StoredContent, work: Work, delivery: DeliveryContent) -> RenderedMessage:
        if delivery.recipient == "ada8@example.org":
            went_on.append(enough.wait(30))
        return build(self, work, delivery)

    monkeypatch.setattr(smtp.SmtpConnection, "send", counting_send)
    monkeypatch.setattr(StoredContent, "build", slow_build)
    outbox.add_account(sink, connections=1)
    for number in range(12):
        outbox.send(f"ada{number}@example.org")
    outbox.run()
    assert set(outbox.statuses().values()) == {S.SENT}
    assert went_on == [True]


def test_connections_that_wait_share_a_transaction_and_none_waits_for_a_slow_one(
    outbox: Outbox, sink: RunningSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_batch = OutboxRepository.run_batch
    claims: list[int] = []
    send, fast, others_sent = smtp.SmtpConnection.send, iter(range(8)), asyncio.Event()

    def counting_batch(self: OutboxRepository, batch: MessageBatch, ids: Mapping[str, str]) -> Any:
        claims.extend(len(claim.prepared) for claim in batch.claims)
        return run_batch(self, batch, ids)

    async def slow_send(self: smtp.SmtpConnection, recipient: str, *more: Any) -> SendOutcome:
        if recipient.startswith("slow"):
            await others_sent.wait()
        elif recipient.startswith("fast") and next(fast) == 7:
            others_sent.set()
        return await send(self, recipient, *more)

    monkeypatch.setattr(OutboxRepository, "run_batch", counting_batch)
    monkeypatch.setattr(smtp.SmtpConnection, "send", slow_send)
    monkeypatch.setattr(engine, "POLL_S", 3600)
    monkeypatch.setattr(engine, "BATCH_INTERVAL_S", 3600)
    outbox.add_account(sink, connections=4)
    other = outbox.add_account(sink, name="Other")
    outbox.send(*(f"ada{number}@example.org" for number in range(12)))
    running = message_engine(outbox.hub)
    running.start()
    try:
        eventually(lambda: set(outbox.statuses().values()) == {S.SENT})
        assert claims == [4, 4, 4], "as many as there are connections, and never more"
        outbox.send("slow@example.org", sender_id=other)
        outbox.send(*(f"fast{number}@example.org" for number in range(8)))
        eventually(lambda: outbox.statuses()["slow"] is S.SENT)
        fast, others_sent = iter(range(8)), asyncio.Event()
        monkeypatch.setattr(engine, "BATCH_INTERVAL_S", 0.02)
        outbox.send("slow2@example.org", *(f"fast{number}@example.com" for number in range(8)))
        eventually(lambda: outbox.statuses()["slow2"] is S.SENT)
    finally:
        running.stop()


def test_two_engines_at_once_send_each_message_once(outbox: Outbox, sink: RunningSink) -> None:
    outbox.add_account(sink)
    people = [f"ada{number}@example.org" for number in range(9)]
    outbox.send(*people)
    with ThreadPoolExecutor(2) as threads:
        for run in [threads.submit(message_engine(outbox.hub).run_until_idle) for _ in range(2)]:
            run.result(timeout=60)
    assert sink.recipients() == dict.fromkeys(people, 1)


def test_what_a_slow_engine_has_claimed_its_successor_does_not_send(
    outbox: Outbox, sink: RunningSink, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox.add_account(sink)
    send, has_begun, goes_on = smtp.SmtpConnection.send, threading.Event(), threading.Event()

    async def slow_send(self: smtp.SmtpConnection, recipient: str, *more: Any) -> SendOutcome:
        if recipient == "slow@example.org":
            has_begun.set()
            await asyncio.to_thread(goes_on.wait, 60)
        return await send(self, recipient, *more)

    monkeypatch.setattr(smtp.SmtpConnection, "send", slow_send)
    outbox.send("slow@example.org")
    with ThreadPoolExecutor(1) as threads:
        slow = threads.submit(outbox.run)
        try:
            assert has_begun.wait(60)
            clock.advance(LEASE + timedelta(seconds=1))
            outbox.send("next@example.org")
            outbox.run()
            assert outbox.statuses() == {"slow": S.UNSURE, "next": S.SENT}, "nobody knows, so nobody sends it"
        finally:
            goes_on.set()
        slow.result(timeout=60)
    outbox.run()
    assert outbox.statuses()["slow"] is S.SENT, "the slow one said what became of it after all"
    assert sink.recipients() == {"slow@example.org": 1, "next@example.org": 1}

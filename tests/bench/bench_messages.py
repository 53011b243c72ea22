"""Benchmark of messages: deliveries a second through the outbox into a local mail server, beside the same client without a queue.

    packaging/run bench messages [--deliveries N] [--connections N] [--json]

Two processes: this one with the hub's engine over SQLite, and the mail server (`tests/support/smtp_sink.py`), which accepts all.
`direct` is the same client without a queue: as many connections of the same class to the same server, with the same settings, each of
which builds the next mail by the same function and sends it, in one loop. Each mail is built, because each differs (recipient,
Message-ID, link to unsubscribe), so that no program can send one payload to all; the content is ready in memory, and nothing is
read, claimed or recorded. Half of it is measured before the queue and half after, since the machine's speed changes meanwhile.
`share` is the ratio of both rates. Beside it, `share_of_one_payload` compares with a loop that sends one finished mail again and again.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex, token_urlsafe
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from hub_sync.contract.enums import MessageChannel, MessagePurpose, MessageStatus  # noqa: E402
from hub_sync.hub.domains.messages import service as messages  # noqa: E402
from hub_sync.hub.domains.messages.jobs import message_engine  # noqa: E402
from hub_sync.hub.domains.messages.senders.mail_message import Envelope, build_mail  # noqa: E402
from hub_sync.hub.domains.messages.senders.smtp import SmtpAccount, SmtpConnection  # noqa: E402
from hub_sync.hub.domains.messages.service import OutgoingMessage, RenderedMessage  # noqa: E402
from hub_sync.hub.domains.messages.suppression.links import unsubscribe_headers  # noqa: E402
from hub_sync.hub.domains.messages.tables import ConnectionSecurity  # noqa: E402
from hub_sync.hub.kit.events.event_loops import new_event_loop  # noqa: E402
from hub_sync.hub.server import tune_interpreter  # noqa: E402
from tests.faults.killed_messages import KilledOutbox, build_killed_outbox  # noqa: E402
from tests.support.smtp_sink import RunningSink, running_sink  # noqa: E402

AT_ONCE = 1_000
MOST_DIRECT = 5_000
SENDER = "tickets@fair.example"
CONTENT = RenderedMessage(
    "Your ticket", "Doors open at nine. " * 250, "<p>" + "Doors open at nine. " * 250 + "</p>"
)
"""About 10 KB in two parts."""


@dataclass
class Elapsed:
    """How long some mails took."""

    mails: int = 0
    seconds: float = 0
    cpu_s: float = 0

    @contextmanager
    def measure(self, mails: int) -> Iterator[None]:
        """Add what the block takes."""
        began, cpu = time.perf_counter(), time.process_time()
        yield
        self.mails += mails
        self.seconds += time.perf_counter() - began
        self.cpu_s += time.process_time() - cpu

    @property
    def per_s(self) -> float:
        """Return the rate."""
        return self.mails / self.seconds

    @property
    def cpu_ms_each(self) -> float:
        """Return the CPU of this process for a mail."""
        return round(self.cpu_s / self.mails * 1000, 2)


def measure(deliveries: int, connections: int) -> dict[str, Any]:
    """Return the rates of all three."""
    enqueued, queued, direct, constant = Elapsed(), Elapsed(), Elapsed(), Elapsed()
    half = min(deliveries, MOST_DIRECT) // 2
    with tempfile.TemporaryDirectory() as folder, running_sink(Path(folder)) as sink:
        outbox = build_killed_outbox(Path(folder) / "hub", sink, 0, connections)
        with enqueued.measure(deliveries):
            _enqueue(outbox, deliveries)
        _send_directly(sink, half, connections, direct, constant)
        engine = message_engine(outbox.hub)
        with queued.measure(deliveries):
            engine.start()
            _wait_for_messages(sink.file, deliveries + direct.mails + constant.mails)
        engine.stop()
        _send_directly(sink, half, connections, direct, constant)
        sent = outbox.by_status()[MessageStatus.SENT]
    return {
        "deliveries": deliveries,
        "sent": sent,
        "enqueued_per_s": round(enqueued.per_s),
        "per_s": round(queued.per_s, 1),
        "direct_per_s": round(direct.per_s, 1),
        "share": round(queued.per_s / direct.per_s, 3),
        "share_of_one_payload": round(queued.per_s / constant.per_s, 3),
        "cpu_ms_each": queued.cpu_ms_each,
        "direct_cpu_ms_each": direct.cpu_ms_each,
        "one_payload_cpu_ms_each": constant.cpu_ms_each,
    }


def _wait_for_messages(file: Path, number: int) -> None:
    """Wait until so many lines were written; each is read once, or reading 200 MB again and again would be what is measured."""
    lines = 0
    with file.open("rb") as reader:
        while lines < number:
            time.sleep(0.1)
            while block := reader.read(1 << 20):
                lines += block.count(b"\n")


def _enqueue(outbox: KilledOutbox, deliveries: int) -> None:
    for first in range(0, deliveries, AT_ONCE):
        with outbox.hub.uow.begin() as work:
            numbers = range(first, min(first + AT_ONCE, deliveries))
            messages.enqueue_many(work, [_outgoing(outbox.tenant_id, number) for number in numbers])


def _outgoing(tenant_id: str, number: int) -> OutgoingMessage:
    return OutgoingMessage(
        tenant_id=tenant_id,
        channel=MessageChannel.EMAIL,
        recipient=f"ada{number}@example.org",
        purpose=MessagePurpose.EVENT_NEWS,
        dedupe_key=f"bench-{number}",
        content=CONTENT,
    )


def _send_directly(
    sink: RunningSink, deliveries: int, connections: int, built: Elapsed, constant: Elapsed
) -> None:
    """Send so many mails without a queue: each built, then one finished mail again and again."""
    account = SmtpAccount("127.0.0.1", sink.port, ConnectionSecurity.NONE, "", "")
    finished = _build(0)
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        for elapsed, mails in (
            (built, (_build(number) for number in range(deliveries))),
            (constant, (finished for _ in range(deliveries))),
        ):
            with elapsed.measure(deliveries):
                runner.run(_send_all(account, mails, connections))


def _build(number: int) -> tuple[str, bytes]:
    """Return a recipient and a mail as the engine builds it."""
    recipient = f"bo{number}@example.org"
    headers = unsubscribe_headers(f"https://hub.example/unsubscribe/{token_urlsafe(150)}")
    message_id = f"<{token_hex(16)}@hub.example>"
    envelope = Envelope(SENDER, "", "", recipient, message_id, datetime.now(UTC), headers)
    return recipient, build_mail(envelope, CONTENT)


async def _send_all(account: SmtpAccount, mails: Iterator[tuple[str, bytes]], connections: int) -> None:
    await asyncio.gather(*(_send_some(account, mails) for _ in range(connections)))


async def _send_some(account: SmtpAccount, mails: Iterator[tuple[str, bytes]]) -> None:
    connection = SmtpConnection(account)
    await connection.open()
    for recipient, payload in mails:
        await connection.send(recipient, payload, CONTENT, SENDER)
    await connection.close()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--deliveries", type=int, default=20_000)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    tune_interpreter()  # as the hub does that serves
    figures = measure(arguments.deliveries, arguments.connections)
    print(json.dumps(figures) if arguments.json else json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()

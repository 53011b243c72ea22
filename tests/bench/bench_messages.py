"""Benchmark of messages: deliveries a second through the outbox into a local mail server, beside the same client without a queue.

    packaging/run bench messages [--deliveries N] [--connections N] [--json]

Three processes: this one with the hub's engine over SQLite, the mail server (`tests/support/smtp_sink.py`), which accepts all, and
nothing else. `direct` is the same connections sending the same bytes to the same server, in a loop of their own. `share` is the
ratio of both rates.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from hub_sync.contract.enums import MessageChannel, MessagePurpose, MessageStatus  # noqa: E402
from hub_sync.hub.domains.messages import service as messages  # noqa: E402
from hub_sync.hub.domains.messages.jobs import message_engine  # noqa: E402
from hub_sync.hub.domains.messages.senders.smtp import SmtpAccount, SmtpConnection  # noqa: E402
from hub_sync.hub.domains.messages.service import OutgoingMessage, RenderedMessage  # noqa: E402
from hub_sync.hub.domains.messages.tables import ConnectionSecurity  # noqa: E402
from hub_sync.hub.kit.events.event_loops import new_event_loop  # noqa: E402
from hub_sync.hub.server import tune_interpreter  # noqa: E402
from tests.faults.killed_messages import KilledOutbox, build_killed_outbox  # noqa: E402
from tests.support.smtp_sink import RunningSink, running_sink  # noqa: E402

AT_ONCE = 1_000
CONTENT = RenderedMessage(
    "Your ticket", "Doors open at nine. " * 250, "<p>" + "Doors open at nine. " * 250 + "</p>"
)
"""About 10 KB in two parts."""


def measure(deliveries: int, connections: int) -> dict[str, Any]:
    """Return the rates of both."""
    with tempfile.TemporaryDirectory() as folder, running_sink(Path(folder)) as sink:
        outbox = build_killed_outbox(Path(folder) / "hub", sink, 0, connections)
        began = time.perf_counter()
        _enqueue(outbox, deliveries)
        enqueued_s = time.perf_counter() - began
        engine = message_engine(outbox.hub)
        began, cpu = time.perf_counter(), time.process_time()
        engine.start()
        _wait_for_messages(sink.file, deliveries)
        queued_s, queued_cpu_s = time.perf_counter() - began, time.process_time() - cpu
        engine.stop()
        sent = outbox.by_status()[MessageStatus.SENT]
        payload = json.loads(sink.file.read_text("utf-8").partition("\n")[0])["raw"].encode()
        with asyncio.Runner(loop_factory=new_event_loop) as runner:
            direct_s = runner.run(_send_directly(sink, payload, min(deliveries, 5_000), connections))
    queued, direct = deliveries / queued_s, min(deliveries, 5_000) / direct_s
    return {
        "deliveries": deliveries,
        "sent": sent,
        "enqueued_per_s": round(deliveries / enqueued_s),
        "per_s": round(queued, 1),
        "direct_per_s": round(direct, 1),
        "share": round(queued / direct, 3),
        "cpu_ms_each": round(queued_cpu_s / deliveries * 1000, 2),
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


async def _send_directly(sink: RunningSink, payload: bytes, deliveries: int, connections: int) -> float:
    """Send the same bytes without a queue; return the seconds."""
    account = SmtpAccount("127.0.0.1", sink.port, ConnectionSecurity.NONE, "", "")
    numbers = iter(range(deliveries))
    began = time.perf_counter()
    await asyncio.gather(*(_send_some(account, payload, numbers) for _ in range(connections)))
    return time.perf_counter() - began


async def _send_some(account: SmtpAccount, payload: bytes, numbers: Iterator[int]) -> None:
    connection = SmtpConnection(account)
    await connection.open()
    for number in numbers:
        await connection.send(f"bo{number}@example.org", payload, CONTENT, "tickets@fair.example")
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

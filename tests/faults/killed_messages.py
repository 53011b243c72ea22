"""A process that only sends messages, killed at random moments, and what is true of its outbox afterwards."""

import random
import threading
import time
from collections import Counter
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from sqlalchemy import func, select

from hub_sync.contract.clock import SystemClock
from hub_sync.contract.enums import MessageChannel, MessagePurpose, MessageStatus
from hub_sync.contract.ids import new_id
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.messages import service as messages
from hub_sync.hub.domains.messages.jobs import message_engine
from hub_sync.hub.domains.messages.manifest import FF_COMMUNICATION_HUB
from hub_sync.hub.domains.messages.senders import accounts
from hub_sync.hub.domains.messages.senders.schemas import NewSender
from hub_sync.hub.domains.messages.service import OutgoingMessage, RenderedMessage
from hub_sync.hub.domains.messages.tables import ConnectionSecurity, MessageDelivery
from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.hub_context import build_context
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.settings import HubSettings
from tests.support.forked_commands import fork
from tests.support.smtp_sink import RunningSink
from tests.support.speedups import migrated_databases

CONNECTIONS = 4
LONGEST_LIFE_S = 1.2
"""The longest time from the beginning of the engine to its kill."""
MOST_STARTS = 400
MESSAGE = RenderedMessage("Hello", "Good morning. " * 40, "<p>Good morning.</p>")
_WAITING = (MessageStatus.QUEUED, MessageStatus.DEFERRED, MessageStatus.SENDING)


def open_hub(data: Path) -> HubContext:
    """Return a hub over the database of a folder."""
    return build_context(HubSettings(data=data), SystemClock(), new_id)


@dataclass
class KilledOutbox:
    """An outbox whose engine is killed."""

    data: Path
    hub: HubContext
    tenant_id: str
    kills: int = 0

    def send_all(self, seed: int, most_kills: int) -> None:
        """Run engines, kill each at a random moment, and let the last one finish."""
        chance = random.Random(seed)
        for _ in range(MOST_STARTS):
            if not self._count(*_WAITING):
                return
            is_last = self.kills >= most_kills
            started, starting = Pipe(duplex=False)
            process = fork(run_engine, self.data, starting)
            starting.close()
            try:
                started.recv()
                if is_last:
                    self._wait_until_sent(process)
                else:
                    time.sleep(chance.uniform(0, LONGEST_LIFE_S))
                    self.kills += 1
            finally:
                process.kill()
                process.join()
                started.close()
        raise TimeoutError("the outbox is not empty after so many engines")

    def check(self, sink: RunningSink, total: int) -> None:
        """Check that nobody got it twice, nobody was skipped, unsure ones are listed, and the total adds up."""
        by_status = self.by_status()
        assert sum(by_status.values()) == total, by_status
        assert set(by_status) <= {MessageStatus.SENT, MessageStatus.UNSURE}, by_status
        received = sink.recipients()
        assert set(received.values()) <= {1}, "nobody twice"
        with self.hub.uow.read() as work:
            rows = work.session.execute(select(MessageDelivery.recipient, MessageDelivery.status)).all()
        for recipient, status in rows:
            assert status is MessageStatus.UNSURE or received[recipient] == 1, (recipient, status)
        assert by_status[MessageStatus.UNSURE] <= self.kills * CONNECTIONS

    def by_status(self) -> Counter[MessageStatus]:
        """Return how many messages have each status."""
        query = select(MessageDelivery.status, func.count()).group_by(MessageDelivery.status)
        with self.hub.uow.read() as work:
            return Counter({status: number for status, number in work.session.execute(query)})  # noqa: C416 - no pairs to mypy

    def _count(self, *statuses: MessageStatus) -> int:
        by_status = self.by_status()
        return sum(by_status[status] for status in statuses)

    def _wait_until_sent(self, process: ForkServerProcess) -> None:
        deadline = time.monotonic() + 300
        while self._count(*_WAITING):
            assert process.is_alive(), "the engine ended"
            assert time.monotonic() < deadline, self.by_status()
            time.sleep(0.2)


def build_killed_outbox(
    data: Path, sink: RunningSink, total: int, connections: int = CONNECTIONS
) -> KilledOutbox:
    """Create a hub whose outbox has so many messages."""
    data.mkdir()
    migrated_databases.create_database(data / "hub.db")
    hub = open_hub(data)
    with hub.uow.begin() as work:
        tenant_id = tenants.create(work, hub.secret_box, slug="acme", name="Acme").id
        feature_flags.switch(work, tenant_id, FF_COMMUNICATION_HUB, enabled=True)
        new = NewSender(
            name="Main",
            host="127.0.0.1",
            port=sink.port,
            security=ConnectionSecurity.NONE,
            from_address="tickets@fair.example",
            connections=connections,
        )
        accounts.create(work, tenant_id, new)
        outgoing = [
            OutgoingMessage(
                tenant_id=tenant_id,
                channel=MessageChannel.EMAIL,
                recipient=f"ada{number}@example.org",
                purpose=MessagePurpose.EVENT_NEWS,
                dedupe_key=str(number),
                content=MESSAGE,
            )
            for number in range(total)
        ]
        assert messages.enqueue_many(work, outgoing) == total
    return KilledOutbox(data, hub, tenant_id)


def run_engine(data: Path, starting: "Connection[str, str]") -> None:
    """Send messages until killed; say when the engine has started."""
    hub = open_hub(data)
    message_engine(hub).start()
    starting.send("started")
    threading.Event().wait()

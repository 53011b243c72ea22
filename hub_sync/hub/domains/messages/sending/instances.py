"""Instances: a restored backup or a copied disk sends nothing again before a person says so.

Each tenant has a small file in the data folder, which no backup has: an id, and a generation that counts on with every batch
that is sent, there and in the database. Another file (of the copy of a folder: another inode) is another instance, which waits for
a person. So does the same one if its file is ahead of the database: that was restored from a backup.
"""

import fcntl
import socket
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from secrets import token_hex

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from hub_sync.contract.enums import MessageChannel, MessageStatus
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.messages.delivery.failures import DeliveryFailure
from hub_sync.hub.domains.messages.delivery.outbox import WAITING
from hub_sync.hub.domains.messages.delivery_manifest import INSTANCE_CONFIRMED
from hub_sync.hub.domains.messages.errors import OutboxInstanceNotFound
from hub_sync.hub.domains.messages.tables import MessageDelivery, OutboxInstance
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import domain_events

FOLDER = "outbox"
ADOPT = -1
"""The generation of an instance that a person has just confirmed: that of its file counts."""
_INSTANCES: Table = OutboxInstance.metadata.tables[OutboxInstance.__tablename__]
_COUNT = (
    update(_INSTANCES)
    .where(_INSTANCES.c.tenant_id == bindparam("t"), _INSTANCES.c.id == bindparam("i"))
    .values(generation=_INSTANCES.c.generation + 1)
    .returning(_INSTANCES.c.generation)
)
_MACHINE_FILES = (Path("/etc/machine-id"), Path("/sys/class/dmi/id/product_uuid"))


@dataclass(frozen=True, slots=True)
class InstanceState:
    """What the file of a tenant says."""

    id: str
    generation: int


class InstanceFiles:
    """The files of this process's data folder."""

    def __init__(self, data: Path) -> None:
        """Take the data folder."""
        self._folder = data / FOLDER
        self._paths: dict[str, Path] = {}

    def read(self, tenant_id: str) -> InstanceState:
        """Return what the tenant's file says; it is created if it is missing.

        Raises:
            OSError: it can't be read or written.
        """
        path = self._path(tenant_id)
        with suppress(FileExistsError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with path.open("x", encoding="ascii") as new:
                new.write(f"{token_hex(16)} 0\n")
        id_, _, generation = path.read_text("ascii").partition(" ")
        return InstanceState(_fingerprint(path, id_), int(generation.strip() or 0))

    def write(self, tenant_id: str, generation: int) -> None:
        """Note that a batch goes out; the file itself stays, since its inode is a part of the instance."""
        with self._path(tenant_id).open("r+b", buffering=0) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            id_, _, before = file.read().partition(b" ")
            if int(before.strip() or 0) < generation:
                file.seek(0)
                file.write(b"%b %d\n" % (id_, generation))
                file.truncate()

    def _path(self, tenant_id: str) -> Path:
        path = self._paths.get(tenant_id)
        if path is None:
            path = self._paths[tenant_id] = self._folder / sha256(tenant_id.encode()).hexdigest()[:32]
        return path


def may_send(work: Work, tenant_id: str, state: InstanceState) -> bool:
    """Return True if this instance may send for the tenant; the first one may, others wait for `confirm`.

    Args:
        work: a writing one, begun after `state` was read.
        tenant_id: the tenant.
        state: what the file says.
    """
    row = work.session.get(OutboxInstance, (tenant_id, state.id), with_for_update=True)
    if row is None:
        _insert(work, tenant_id, state)
        row = work.session.get_one(OutboxInstance, (tenant_id, state.id), with_for_update=True)
    if row.generation == ADOPT:
        row.generation = state.generation
    elif state.generation > row.generation:
        row.is_confirmed = False
    return row.is_confirmed


def _insert(work: Work, tenant_id: str, state: InstanceState) -> None:
    """Insert an instance; another process of this hub may have done it at this moment, which is the same."""
    others = select(OutboxInstance.id).where(OutboxInstance.tenant_id == tenant_id)
    values = {
        "tenant_id": tenant_id,
        "id": state.id,
        "host": socket.gethostname()[:200],
        "generation": state.generation,
        "is_confirmed": work.session.scalar(others.limit(1)) is None,
        **work.timestamps(),
    }
    insert = postgresql.insert if work.dialect.name == "postgresql" else sqlite.insert
    work.session.execute(insert(OutboxInstance).on_conflict_do_nothing(), values)


def next_generation(work: Work, tenant_id: str, instance_id: str) -> int:
    """Count a batch that goes out, in the transaction that claims it."""
    generation: int = work.connection.execute(_COUNT, {"t": tenant_id, "i": instance_id}).scalar_one()
    return generation


def waiting_instances(work: Work, tenant_id: str) -> list[OutboxInstance]:
    """Return the instances of a tenant that wait for a person."""
    row = OutboxInstance
    waiting = select(row).where(row.tenant_id == tenant_id, row.is_confirmed.is_(False))
    return list(work.session.scalars(waiting.order_by(row.id)))


def confirm(work: Work, tenant_id: str, instance_id: str, *, send_waiting: bool) -> OutboxInstance:
    """Let an instance send.

    Args:
        work: the unit of work.
        tenant_id: the tenant.
        instance_id: the instance.
        send_waiting: False: what is due now or later may have been sent by the other copy; it is listed as UNSURE. What waits for a
            person (a draft, a pause) waits on, and stations fetch their bulletins themselves.

    Raises:
        OutboxInstanceNotFound: no such instance waits (404).
    """
    row = work.session.get(OutboxInstance, (tenant_id, instance_id), with_for_update=True)
    if row is None or row.is_confirmed:
        raise OutboxInstanceNotFound
    row.is_confirmed, row.generation = True, ADOPT
    row.confirmed_by, row.confirmed_at = work.actor[:200], work.now()
    after = {"host": row.host, "send_waiting": send_waiting}
    audit.record(work, tenant_id, INSTANCE_CONFIRMED, instance_id, after=after)
    domain_events.wake(work, tenant_id)
    if not send_waiting:
        delivery = MessageDelivery
        waiting = update(delivery).where(
            delivery.tenant_id == tenant_id,
            delivery.status.in_(WAITING),
            delivery.due_at.is_not(None),
            delivery.channel != MessageChannel.KIOSK,
        )
        work.session.execute(
            waiting.values(
                status=MessageStatus.UNSURE,
                due_at=None,
                error_code=DeliveryFailure.OTHER_INSTANCE,
                updated_at=work.now(),
            ).execution_options(synchronize_session=False)
        )
    return row


def _fingerprint(path: Path, id_: str) -> str:
    """Return the id of an instance: of its file, that file's inode and the machine, as far as it can be told."""
    machine = ""
    for file in _MACHINE_FILES:
        with suppress(OSError):
            machine += file.read_text("ascii", errors="replace").strip()
    return sha256(f"{id_}/{path.stat().st_ino}/{machine}".encode()).hexdigest()[:32]

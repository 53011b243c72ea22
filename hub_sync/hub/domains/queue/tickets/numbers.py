"""Numbers: the hub's own, blocks that stations lease, and the letters of a station's lane.

A number of a queue and a day is given out once, by the row of `queue_days` that the event's feed protects. A hub that was restored from
an older backup counts from an earlier number: it waits for the stations' reports (`restored_numbers`), and what stations printed since is
adopted with their next push (`StationLeases`).
"""

from collections.abc import Collection, Iterator
from datetime import date, timedelta
from itertools import count, product

from sqlalchemy import func, select

from hub_sync.contract.queue import MAX_BLOCK, BlockRequest, NumberBlock
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.queue.errors import (
    QueueClosed,
    QueueDayWrong,
    QueueNotFound,
    QueueRequestReused,
    TooManyNumbers,
)
from hub_sync.hub.domains.queue.tables import (
    Queue,
    QueueNumberBlock,
    QueueServiceDay,
    QueueTicket,
    StationLetters,
)
from hub_sync.hub.domains.queue.tickets.days import present_day
from hub_sync.hub.domains.queue.tickets.restored_numbers import RestoredNumbers
from hub_sync.hub.kit.db.bulk import in_values
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import change_feed
from hub_sync.hub.kit.events.change_feed import FeedKey

LANE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Without I and O, which look like digits."""
MOST_LANES = 50
"""A station begins a new journal only when its store was set back."""
MOST_UNUSED_BLOCKS = 10
"""A station has at most so many blocks of a queue and a day whose numbers the hub has not seen yet."""
FURTHEST_SEQUENCE = 99_999
"""No station has a higher number of a day, unless the hub has leased it. A stolen station must not drive the counting to its end."""


def take_new(work: Work, key: FeedKey, queue_id: str, day: str, many: int = 1) -> int:
    """Take numbers that no station has, though the hub may have forgotten its leases, and return the first; the caller holds the feed.

    Raises:
        QueueNumbersUnsettled: 409, the hub was restored from a backup, and not all stations have reported yet.
    """
    restored = RestoredNumbers.read(work, key)
    restored.require_settled()
    following = take_sequence(work, key.tenant_id, queue_id, day, 0)
    forgotten = min(restored.highest(queue_id, day), FURTHEST_SEQUENCE) + 1 - following
    if forgotten > 0:
        take_sequence(work, key.tenant_id, queue_id, day, forgotten)
    return take_sequence(work, key.tenant_id, queue_id, day, many)


def take_sequence(work: Work, tenant_id: str, queue_id: str, day: str, many: int = 1) -> int:
    """Take numbers of a queue and a day, and return the first; the caller holds the event's feed."""
    row = work.session.scalar(
        select(QueueServiceDay).where(
            QueueServiceDay.tenant_id == tenant_id,
            QueueServiceDay.queue_id == queue_id,
            QueueServiceDay.service_date == day,
        )
    )
    if row is None:
        row = QueueServiceDay(
            tenant_id=tenant_id, id=work.new_id(), queue_id=queue_id, service_date=day, next_sequence=1
        )
        work.session.add(row)
    first = row.next_sequence
    row.next_sequence += many
    work.session.flush()
    return first


def lease_block(work: Work, device: devices.AuthenticatedDevice, request: BlockRequest) -> NumberBlock:
    """Lease numbers of a queue to a station; the same request gets the same block.

    Raises:
        QueueNotFound: 404, none of the station's events has it.
        QueueClosed: 409, it is switched off. QueueDayWrong: 409, numbers of that day are not leased.
        QueueRequestReused: 409, the id was used for something else.
        TooManyNumbers: 409, the station has many unused ones already. QueueNumbersUnsettled: 409, as `take_new`.
    """
    queue = work.session.get(Queue, (device.tenant_id, request.queue_id))
    if queue is None or queue.event_id not in device.event_ids or queue.deleted_at is not None:
        raise QueueNotFound
    key = FeedKey(device.tenant_id, queue.event_id)
    change_feed.lock(work.session, key)
    known = work.session.get(QueueNumberBlock, (device.tenant_id, request.id))
    if known is not None:
        if (known.device_id, known.queue_id, known.service_date) != (device.id, queue.id, request.day):
            raise QueueRequestReused
        return _wire(known)
    if not queue.active:
        raise QueueClosed(name=queue.name)
    today = present_day(work, events.read(work, *key))
    tomorrow = (date.fromisoformat(today) + timedelta(days=1)).isoformat()
    if request.day not in (today, tomorrow):
        raise QueueDayWrong(day=today)
    _check_unused(work, device, queue, request.day)
    size = min(queue.block_size, MAX_BLOCK)
    first = take_new(work, key, queue.id, request.day, size)
    return _wire(_add_block(work, queue, device.id, request.id, request.day, (first, size)))


def _add_block(
    work: Work, queue: Queue, device_id: str, block_id: str, day: str, numbers: tuple[int, int]
) -> QueueNumberBlock:
    """Store a lease; `numbers` are the first one and how many there are."""
    first, size = numbers
    block = QueueNumberBlock(
        tenant_id=queue.tenant_id,
        id=block_id,
        event_id=queue.event_id,
        queue_id=queue.id,
        service_date=day,
        device_id=device_id,
        first=first,
        last=first + size - 1,
    )
    work.session.add(block)
    work.session.flush()
    return block


def _check_unused(work: Work, device: devices.AuthenticatedDevice, queue: Queue, day: str) -> None:
    b, t = QueueNumberBlock, QueueTicket
    blocks = select(func.coalesce(func.sum(b.last - b.first + 1), 0)).where(
        b.tenant_id == device.tenant_id,
        b.queue_id == queue.id,
        b.service_date == day,
        b.device_id == device.id,
    )
    used = select(func.count(t.id)).where(
        t.tenant_id == device.tenant_id,
        t.event_id == queue.event_id,
        t.service_date == day,
        t.device_id == device.id,
        t.lane == "",
    )
    unused = int(work.session.scalar(blocks) or 0) - int(work.session.scalar(used) or 0)
    if unused > MOST_UNUSED_BLOCKS * queue.block_size:
        raise TooManyNumbers(count=unused)


def blocks_of(work: Work, key: FeedKey, device_id: str, day: str) -> list[NumberBlock]:
    """Return the numbers that are leased to a station for a day; it uses those that its present journal has asked for."""
    b = QueueNumberBlock
    query = select(b).where(
        b.tenant_id == key.tenant_id,
        b.event_id == key.event_id,
        b.device_id == device_id,
        b.service_date == day,
    )
    return [_wire(block) for block in work.session.scalars(query.order_by(b.first))]


def find_lane(work: Work, key: FeedKey, device_id: str, journal_id: str) -> str | None:
    """Return the letters of a station's own lane at an event; None: its journal has none yet."""
    return work.session.scalar(
        select(StationLetters.letters).where(
            StationLetters.tenant_id == key.tenant_id,
            StationLetters.device_id == device_id,
            StationLetters.event_id == key.event_id,
            StationLetters.journal_id == journal_id,
        )
    )


def assign_lane(work: Work, key: FeedKey, device_id: str, journal_id: str) -> str:
    """Return the own letters of a station's journal at an event; "": none now, or the station had too many already.

    A store that was erased or restored does not know which numbers it has printed: its new journal gets other letters. A hub that was
    restored gives a journal the letters back that its station reports, and none while another station may have them.
    """
    change_feed.lock(work.session, key)
    letters = find_lane(work, key, device_id, journal_id)
    if letters is not None:
        return letters
    query = select(StationLetters.device_id, StationLetters.letters).where(
        StationLetters.tenant_id == key.tenant_id, StationLetters.event_id == key.event_id
    )
    taken = {row.letters: row.device_id for row in work.session.execute(query)}
    if list(taken.values()).count(device_id) >= MOST_LANES:
        return ""
    restored = RestoredNumbers.read(work, key)
    reported = restored.lanes(key.event_id)
    own = (device_id, journal_id)
    letters = next((each for each, owner in reported.items() if owner == own and each not in taken), "")
    if not letters and not restored.is_settled:
        return ""
    letters = letters or next(each for each in _lane_names() if each not in taken and each not in reported)
    _add_lane(work, key, device_id, letters, journal_id)
    return letters


def _add_lane(work: Work, key: FeedKey, device_id: str, letters: str, journal_id: str) -> None:
    work.session.add(
        StationLetters(
            tenant_id=key.tenant_id,
            id=work.new_id(),
            event_id=key.event_id,
            device_id=device_id,
            letters=letters,
            journal_id=journal_id,
        )
    )
    work.session.flush()


class StationLeases:
    """What a station may print at an event. What it has printed without a lease is adopted: the hub was restored from an older backup."""

    def __init__(self, key: FeedKey, device_id: str) -> None:
        self._key, self._device_id = key, device_id
        self._lanes: dict[str, str] = {}
        self._blocks: list[NumberBlock] = []

    def read(self, work: Work, days: Collection[str]) -> None:
        """Read the letters of all stations, and the blocks of this one for some days."""
        n, b = StationLetters, QueueNumberBlock
        lanes = select(n.letters, n.device_id).where(
            n.tenant_id == self._key.tenant_id, n.event_id == self._key.event_id
        )
        self._lanes = {row.letters: row.device_id for row in work.session.execute(lanes)}
        blocks = select(b).where(
            b.tenant_id == self._key.tenant_id,
            b.device_id == self._device_id,
            in_values(b.service_date, sorted(days), work.dialect),
        )
        self._blocks = [_wire(block) for block in work.session.scalars(blocks)]

    def may_use(self, letters: str) -> bool:
        """Return True if letters are the station's or may become so, or another one's: that was given them after a restore."""
        return letters in self._lanes or list(self._lanes.values()).count(self._device_id) < MOST_LANES

    def adopt_lane(self, work: Work, letters: str) -> None:
        """Let nobody else get letters that the station has printed. The caller holds the event's feed."""
        if letters in self._lanes:
            return
        self._lanes[letters] = self._device_id
        # Not those of its present journal: the hub gives that one others, or has done so.
        journal_id = f"printed {letters}"
        _add_lane(work, self._key, self._device_id, letters, journal_id)

    def include(self, queue_id: str, day: str, sequence: int) -> bool:
        """Return True if the hub has leased a number to the station."""
        return any(
            block.queue_id == queue_id and block.service_date == day and block.first <= sequence <= block.last
            for block in self._blocks
        )

    def adopt(self, work: Work, queue_id: str, day: str, sequence: int) -> None:
        """Lease a printed number and those after it, if the hub has not counted so far. The caller holds the event's feed.

        The station may have the rest of this block and one block more: it asks for the next one when half of it is left.
        """
        if self.include(queue_id, day, sequence):
            return
        queue = work.session.get(Queue, (self._key.tenant_id, queue_id))
        following = take_sequence(work, self._key.tenant_id, queue_id, day, 0)
        if queue is None or sequence < following:
            return
        size = 2 * min(queue.block_size, MAX_BLOCK)
        take_sequence(work, self._key.tenant_id, queue_id, day, sequence - following + size)
        block = _add_block(work, queue, self._device_id, work.new_id(), day, (sequence, size))
        self._blocks.append(_wire(block))


def _lane_names() -> Iterator[str]:
    return ("".join(each) for length in count(1) for each in product(LANE_LETTERS, repeat=length))


def _wire(block: QueueNumberBlock) -> NumberBlock:
    return NumberBlock(
        id=block.id,
        queue_id=block.queue_id,
        service_date=block.service_date,
        first=block.first,
        last=block.last,
    )

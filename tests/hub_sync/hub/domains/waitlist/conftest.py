"""An event with a waitlist, whose start is weeks away."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from hub_sync.contract.clock import ManualClock
from hub_sync.contract.enums import ParticipantStatus
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.service import EventChanges
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.waitlist import service
from hub_sync.hub.domains.waitlist.jobs import PromotionJob
from hub_sync.hub.domains.waitlist.manifest import FF_WAITLIST
from hub_sync.hub.domains.waitlist.tables import PromotionOutcome, WaitlistEntry, WaitlistPromotion
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import NOON, Seeded
from tests.hub_sync.hub.domains.operators.conftest import admin

__all__ = ["admin"]
CANCELLED, APPROVED = ParticipantStatus.CANCELLED, ParticipantStatus.APPROVED


@dataclass
class Waitlist:
    """Acts of tests upon the waitlist of the seeded event."""

    hub: HubContext
    key: FeedKey
    clock: ManualClock
    seated: list[str] = field(default_factory=list)

    def do(self, act: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        """Call a function of the service in a transaction of its own."""
        with self.hub.uow.begin("user:mara@example.org") as work:
            return act(work, self.key, *arguments, **named)

    def configure(self, **changes: Any) -> None:
        """Change the settings, and let the list be looked at."""
        self.do(service.update_settings, service.WaitlistSettingsChanges.model_validate(changes))
        self.do(service.promote, "settings")

    def capacity(self, seats: int | None) -> None:
        """Set the event's capacity."""
        with self.hub.uow.begin() as work:
            events.update(work, *self.key, EventChanges.model_validate({"capacity": seats}))

    def register(self, name: str, **members: Any) -> str:
        """Register somebody who is approved and takes a seat; return the id."""
        id_ = self.person(name, **{"status": "APPROVED", **members})
        self.seated.append(id_)
        return id_

    def person(self, name: str, *, takes_seat: bool = True, **members: Any) -> str:
        """Register somebody; return the id."""
        new = participants.NewParticipant.model_validate({"id": name, "first_name": name, **members})
        with self.hub.uow.begin() as work:
            return participants.create(work, *self.key, new, takes_seat=takes_seat).id

    def join(self, name: str, party_size: int = 1, **members: Any) -> str:
        """Register somebody and put them on the list; return the entry's id. A second later is the next one."""
        person = {name: members.pop(name) for name in ("email", "extra") if name in members}

        def act(work: Work, key: FeedKey) -> str:
            new = participants.NewParticipant.model_validate({"id": name, "first_name": name, **person})
            id_ = participants.create(work, *key, new, takes_seat=False).id
            wanted = {"participant_id": id_, "party_size": party_size, **members}
            return service.join(work, key, service.NewWaitlistEntry.model_validate(wanted)).id

        self.clock.advance(timedelta(seconds=1))
        return str(self.do(act))

    def cancel(self, participant_id: str, status: ParticipantStatus = CANCELLED) -> None:
        """Set somebody's status."""
        with self.hub.uow.begin() as work:
            participants.update_status(work, *self.key, participant_id, status)

    def entry(self, entry_id: str) -> WaitlistEntry:
        """Return an entry."""
        with self.hub.uow.read() as work:
            entry = service.get(work, self.key, entry_id)
            work.session.expunge(entry)
            return entry

    def statuses(self, *entry_ids: str) -> list[str]:
        """Return the states of entries."""
        return [self.entry(each).status.value for each in entry_ids]

    def offers(self, *outcomes: PromotionOutcome) -> Sequence[WaitlistPromotion]:
        """Return the offers with these outcomes, all without any."""
        offer = WaitlistPromotion
        mine = select(offer).where(offer.tenant_id == self.key.tenant_id, offer.event_id == self.key.event_id)
        if outcomes:
            mine = mine.where(offer.outcome.in_(outcomes))
        with self.hub.uow.read() as work:
            rows = work.session.scalars(mine.order_by(offer.entry_id, offer.created_at.desc())).all()
            work.session.expunge_all()
            return rows

    def offer(self, entry_id: str) -> str:
        """Return the id of an entry's open offer."""
        (offer,) = [each for each in self.offers(PromotionOutcome.OPEN) if each.entry_id == entry_id]
        return offer.id

    def why(self, entry_id: str) -> str:
        """Return what an entry waits for."""
        with self.hub.uow.read() as work:
            why = service.read_place(work, self.key, entry_id).why
            assert why is not None
            return why.code.value

    def used(self) -> int:
        """Return how many seats are taken or held."""
        with self.hub.uow.read() as work:
            state = service.read_state(work, self.key)
            assert state is not None
            return state.free.used

    def run_job(self) -> int:
        """Let the job look."""
        return PromotionJob(self.hub).run_once()


def switch_on(hub: HubContext, tenant_id: str) -> None:
    """Switch the feature on."""
    with hub.uow.begin() as work:
        feature_flags.switch(work, tenant_id, FF_WAITLIST, enabled=True)


@pytest.fixture
def waitlist(hub: HubContext, seeded: Seeded, clock: ManualClock) -> Waitlist:
    """Return the waitlist of an event with two seats, both taken, that starts in thirty days."""
    switch_on(hub, seeded.tenant_id)
    waitlist = Waitlist(hub, FeedKey(seeded.tenant_id, seeded.event_id), clock)
    start = NOON + timedelta(days=30)
    dates = {
        "starts_at": start.isoformat(),
        "ends_at": (start + timedelta(hours=8)).isoformat(),
        "capacity": 2,
    }
    with hub.uow.begin() as work:
        events.update(work, *waitlist.key, EventChanges.model_validate(dates))
    waitlist.register("ada")
    waitlist.register("ben")
    waitlist.configure(is_active=True)
    return waitlist

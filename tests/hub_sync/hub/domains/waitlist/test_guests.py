"""Every seat of a party has a participant with a ticket, whichever way it was accepted; without its person, none of them stays."""

import pytest
from fastapi import FastAPI
from sqlalchemy import update

from hub_sync.contract.enums import ParticipantStatus
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.tickets import service as tickets
from hub_sync.hub.domains.waitlist import service
from hub_sync.hub.domains.waitlist.listeners import LISTENERS
from hub_sync.hub.domains.waitlist.tables import WaitlistEntry
from hub_sync.hub.kit.events.listeners import ListenerJob
from tests.hub_sync.hub.console.browser_client import Browser
from tests.hub_sync.hub.domains.waitlist.conftest import Waitlist
from tests.hub_sync.hub.domains.waitlist.door.test_settlement import DoorStage

pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


def people(waitlist: Waitlist) -> dict[str, str]:
    """Return everybody who may pass a gate, by their names: the codes of their tickets."""
    with waitlist.hub.uow.read() as work:
        approved = [
            each
            for each in work.session.scalars(participants.of_event(*waitlist.key))
            if each.status is ParticipantStatus.APPROVED
        ]
        return {
            participants.display_name(each): tickets.ticket_text(
                work, waitlist.hub.secret_box, *waitlist.key, each.id
            )
            for each in approved
        }


def test_a_party_names_its_guests_before_and_after_it_has_seats_and_each_downloads_a_ticket(
    app: FastAPI, waitlist: Waitlist
) -> None:
    visitor = Browser(app)
    waitlist.configure(party_rule="SPLIT")
    waitlist.capacity(4)
    waitlist.register("fay")
    waitlist.register("gus")
    seated = set(people(waitlist))
    entry_id = waitlist.join("Cleo", 4)
    with waitlist.hub.uow.read() as work:
        page = service.page_path(work, waitlist.key, entry_id)
    too_many = visitor.send(page, f"{page}/names", {"names": "A B\nC D\nE F\nG H"})
    assert (too_many.status_code, "seats for 3 people beside you" in too_many.text) == (422, True)
    assert "G H" in too_many.text
    of_german = waitlist.join("Emma", 2)
    with waitlist.hub.uow.begin() as work:
        work.session.execute(update(WaitlistEntry).where(WaitlistEntry.id == of_german).values(language="de"))
        german_page = service.page_path(work, waitlist.key, of_german)
    too_many = visitor.send(german_page, f"{german_page}/names", {"names": "A B\nC D"})
    assert "Neben Ihnen" in too_many.text
    waitlist.do(service.leave, of_german)
    visitor.send(page, f"{page}/names", {"names": " Ben  Carter \n\n"})
    assert "Ben Carter" in visitor.read(page)
    waitlist.capacity(6)
    visitor.send(page, f"{page}/accept")
    assert set(people(waitlist)) - seated == {"Cleo", "Ben Carter"}
    assert waitlist.used() == 6
    with waitlist.hub.uow.read() as work:
        steps = audit.entries_of(work, waitlist.key.tenant_id, "waitlist_entry", entry_id)
        last = audit.history(work, steps)[-1]
    assert last.what == "Seats given to guests"
    assert [(each.label, each.before, each.after) for each in last.changes] == [("Guests", "0", "1")]
    shown = visitor.read(page)
    assert "You have 2 seats already." in shown
    assert "You wait for 2 seats." in shown
    assert shown.count('name="participant_id"') == 2
    ticket = visitor.send(page, f"{page}/ticket")
    assert ticket.content.startswith(b"%PDF")
    assert visitor.send(page, f"{page}/ticket", {"participant_id": "gus"}).status_code == 404
    waitlist.capacity(8)
    waitlist.do(service.accept, entry_id, waitlist.offer(entry_id))
    assert waitlist.entry(entry_id).status.value == "ACCEPTED"
    assert set(people(waitlist)) - seated == {"Cleo", "Ben Carter", "Cleo, guest 3", "Cleo, guest 4"}
    visitor.send(page, f"{page}/names", {"names": "Ben Carter\nDora Stein"})
    assert set(people(waitlist)) - seated == {"Cleo", "Ben Carter", "Dora Stein", "Cleo, guest 4"}
    assert "You have your 4 seats." in visitor.read(page)
    assert waitlist.used() == 8
    waitlist.cancel("Cleo")
    ListenerJob(waitlist.hub.uow, waitlist.hub.notifier, LISTENERS).run_until_idle()
    assert set(people(waitlist)) == seated
    assert waitlist.used() == 4


def test_a_party_at_the_door_and_one_of_an_older_hub_have_a_ticket_for_each_seat(waitlist: Waitlist) -> None:
    stage = DoorStage.of(waitlist, 2)
    waitlist.join("Dora", 2)
    assert stage.lease() == 2
    for gate in stage.gates:
        stage.pull(gate)
    seats = [gate.door.seats for gate in stage.gates]
    stage.gates[0].door = stage.gates[0].door.model_copy(update={"seats": seats[0] + seats[1]})
    for seat in stage.seats():
        with waitlist.hub.uow.begin() as work:
            work.session.merge(seat).device_id = stage.gates[0].device_id
    assert stage.give(stage.gates[0])
    stage.push(stage.gates[0])
    assert {"Dora", "Dora, guest 2"} < set(people(waitlist))
    older = waitlist.join("Emil", 2, extra={"language": "de"})
    with waitlist.hub.uow.begin() as work:
        seated = {"seats_accepted": 2, "status": "ACCEPTED"}
        work.session.execute(update(WaitlistEntry).where(WaitlistEntry.id == older).values(**seated))
        participants.update_status(work, *waitlist.key, "Emil", ParticipantStatus.APPROVED)
    waitlist.run_job()
    assert {"Dora, guest 2", "Emil, Gast 2"} < set(people(waitlist)), (
        "in the language of whoever they come with"
    )

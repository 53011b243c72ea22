"""Tickets of a party, for the page of its person."""

from hub_sync.hub.console.i18n.translation import Speech
from hub_sync.hub.domains.tickets import service as tickets
from hub_sync.hub.domains.tickets.errors import TicketNotIssued
from hub_sync.hub.domains.tickets.mail_files import MailedTicket, mailed_ticket
from hub_sync.hub.domains.waitlist.entries import get
from hub_sync.hub.domains.waitlist.errors import WaitlistPageUnknown
from hub_sync.hub.domains.waitlist.parties.guests import party_of
from hub_sync.hub.domains.waitlist.places import PageOwner
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.security.encryption import SecretBox

TICKET_FORMAT = "waitlist page"
"""How the audit log calls a ticket that was downloaded there."""


def issue_ticket(
    work: Work, secret_box: SecretBox, owner: PageOwner, participant_id: str, speech: Speech
) -> MailedTicket:
    """Return the ticket of one of a party's people as a page to print, and record that it is issued.

    Raises:
        WaitlistPageUnknown: the participant isn't one of them (404).
        TicketNotIssued: nobody of the party has a seat (409). As `tickets.service.ticket_text`.
    """
    party = party_of(work, owner.key, get(work, owner.key, owner.entry_id))
    person = next((each for each in party.ticket_holders if each.id == participant_id), None)
    if person is None:
        raise WaitlistPageUnknown if party.ticket_holders else TicketNotIssued
    ticket = mailed_ticket(work, secret_box, person, speech, with_pdf=True, with_image=False)
    tickets.record_issued(work, *owner.key, person.id, TICKET_FORMAT)
    return ticket

"""The form of the scanner page: what was scanned, typed or chosen, as a request for the scan service."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from hub_sync.contract.enums import Direction
from hub_sync.hub.console import FormInvalid, _
from hub_sync.hub.domains.check_in.scans.schemas import GroupMemberRequest, OverrideRequest, ScanRequest
from hub_sync.hub.kit.text_types import SingleLineText
from hub_sync.rules.groups import LARGEST_GROUP
from hub_sync.rules.tickets.ticket_codec import MAX_CODE_LENGTH, TicketPayload, open_ticket
from hub_sync.rules.tickets.ticket_keys import KeyRing

MAX_TICKET = 4096
MAX_REGISTRATION_CODE = 200
MAX_READINGS = 4


class ScanForm(BaseModel):
    """A scan. `scan_id` is the page's own: the same form sent twice is one scan.

    `kind`: a code that was scanned, text that was typed (a registration code, or what a scanner typed into the field), a
    person who was chosen from a search, or the rest of the group whose member was scanned: then `scan_id` is the member's
    scan, and each `member` a participant's id and the id of their scan, with a space between. `reading`: what a keyboard scanner may have meant, if its keyboard layout is
    not this computer's.
    """

    scan_id: UUID | None = None
    checkpoint_id: str = Field(min_length=1, max_length=64)
    direction: Direction | None = None
    kind: Literal["code", "typed", "person", "group"] = "typed"
    code: str = Field(default="", max_length=MAX_CODE_LENGTH)
    reading: list[str] = Field(default_factory=list, max_length=MAX_READINGS)
    participant_id: str = Field(default="", max_length=64)
    member: list[str] = Field(default_factory=list, max_length=LARGEST_GROUP)
    override: bool = False
    reason: SingleLineText | None = None

    def request(self, ring: KeyRing, now: datetime) -> ScanRequest:
        """Return the form as a request.

        Raises:
            FormInvalid: 422: nothing was typed, or an override has no reason.
        """
        override = None
        if self.override:
            if not self.reason:
                raise FormInvalid({"reason": _("Fill this in.")})
            override = OverrideRequest(reason=self.reason)
        subject = self._subject(ring, now)
        return ScanRequest(
            id=self.scan_id,
            checkpoint_id=self.checkpoint_id,
            direction=self.direction,
            override=override,
            **subject,
        )

    def members(self) -> list[GroupMemberRequest]:
        """Return the members of the group.

        Raises:
            FormInvalid: 422: there is none, or one is no pair of ids.
        """
        pairs = [text.partition(" ") for text in self.member]
        try:
            members = [GroupMemberRequest(participant_id=id_, id=UUID(scan)) for id_, _space, scan in pairs]
        except ValueError as error:
            raise FormInvalid({"": _("Choose a person.")}) from error
        if not members or self.scan_id is None:
            raise FormInvalid({"": _("Choose a person.")})
        return members

    def _subject(self, ring: KeyRing, now: datetime) -> dict[str, str]:
        if self.kind == "person":
            if not self.participant_id:
                raise FormInvalid({"": _("Choose a person.")})
            return {"participant_id": self.participant_id}
        if not self.code.strip():
            raise FormInvalid({"code": _("Fill this in.")})
        readings = (self.code, *(text[:MAX_TICKET] for text in self.reading))
        ticket = next((text for text in readings if _opens(text, ring, now)), None)
        if ticket is not None:
            return {"ticket": ticket}
        if self.kind == "code":
            return {"ticket": self.code[:MAX_TICKET]}
        return {"registration_code": self.code[:MAX_REGISTRATION_CODE]}


def _opens(text: str, ring: KeyRing, now: datetime) -> bool:
    return isinstance(open_ticket(text, ring, now), TicketPayload)

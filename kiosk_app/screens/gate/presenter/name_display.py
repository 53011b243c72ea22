"""Hide names: what names a person is shortened where messages come in, so that no part of the screen has the whole name."""

from dataclasses import replace

from kiosk_app.messages import (
    DoorWaitlist,
    DoubleAdmission,
    DoubleAdmissions,
    GateOutcome,
    GroupOffer,
    GroupOutcome,
    NameDisplay,
    PersonCard,
    RecentScans,
    ScreenMessage,
    SearchHit,
    SearchResults,
    UnreleasedMember,
    UnreleasedMembers,
)


def initials(name: str) -> str:
    """Return the first letters of a name's words. Without full stops, which would move to the wrong side in Arabic.

    >>> initials("Ada King  Lovelace"), initials("A K L"), initials("")
    ('A K L', 'A K L', '')
    """
    return " ".join(word[0] for word in name.split())


def hide_names(message: ScreenMessage, mode: NameDisplay) -> ScreenMessage:
    """Return a message with names as `mode` says. Hidden once, a name does not come back."""
    if mode is NameDisplay.FULL:
        return message
    match message:
        case GateOutcome():
            message = hide_outcome(message, mode)
        case GroupOutcome(outcomes):
            message = replace(message, outcomes=tuple(hide_outcome(each, mode) for each in outcomes))
        case RecentScans(outcomes):
            message = RecentScans(tuple(hide_outcome(each, mode) for each in outcomes))
        case SearchResults(hits=hits):
            message = replace(message, hits=tuple(_hide_hit(each, mode) for each in hits))
        case PersonCard():
            message = replace(message, name=_shorten(message.name, mode) or message.registration_code)
        case DoubleAdmissions(items):
            message = DoubleAdmissions(tuple(hide_double(each, mode) for each in items))
        case DoorWaitlist():
            message = hide_places(message, mode)
        case UnreleasedMembers(members):
            message = UnreleasedMembers(tuple(hide_member(each, mode) for each in members))
    return message


def hide_outcome(outcome: GateOutcome, mode: NameDisplay) -> GateOutcome:
    """Return an outcome with names as `mode` says, those of the person's group too."""
    return replace(
        outcome, name=_shorten(outcome.name, mode), group=outcome.group and _hide_group(outcome.group, mode)
    )


def hide_double(item: DoubleAdmission, mode: NameDisplay) -> DoubleAdmission:
    """Return a double admission with the name as `mode` says."""
    return replace(item, name=_shorten(item.name, mode))


def hide_member(member: UnreleasedMember, mode: NameDisplay) -> UnreleasedMember:
    """Return a member who was not let through with the name as `mode` says."""
    return replace(member, name=_shorten(member.name, mode))


def hide_places(door: DoorWaitlist, mode: NameDisplay) -> DoorWaitlist:
    """Return the waitlist at the door with names as `mode` says."""
    return replace(door, places=tuple(replace(each, name=_shorten(each.name, mode)) for each in door.places))


def _hide_group(group: GroupOffer, mode: NameDisplay) -> GroupOffer:
    members = tuple(
        replace(each, name=_shorten(each.name, mode) or each.registration_code) for each in group.members
    )
    return replace(group, members=members)


def _hide_hit(hit: SearchHit, mode: NameDisplay) -> SearchHit:
    return replace(hit, name=_shorten(hit.name, mode) or hit.registration_code)


def _shorten(name: str, mode: NameDisplay) -> str:
    if mode is NameDisplay.CODE:
        return ""
    return initials(name) if mode is NameDisplay.INITIALS else name

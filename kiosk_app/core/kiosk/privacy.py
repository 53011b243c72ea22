"""What a kiosk's screen must never get: a whole name, or somebody else's."""

from dataclasses import replace

from kiosk_app.messages import GateOutcome, PassageUpdate, WorkerMessage


def hide_visitor(message: WorkerMessage) -> WorkerMessage:
    """Return a message without the name, the code and the group of the person whom it is about."""
    if isinstance(message, GateOutcome):
        return replace(message, name="", registration_code="", category="", group=None)
    if isinstance(message, PassageUpdate):
        return replace(message, name="")
    return message

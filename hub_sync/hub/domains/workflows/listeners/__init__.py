"""Listeners of workflows: registrations and imports start them, and changes of participants end or continue them."""

from typing import Any

from hub_sync.hub.domains.participants.manifest import ParticipantRegistered, ParticipantsImported
from hub_sync.hub.domains.workflows.manifest import WorkflowParticipantChanged, WorkflowStartsDue
from hub_sync.hub.domains.workflows.triggers import changes, starts
from hub_sync.hub.kit.events.listeners import Listener

LISTENERS: tuple[Listener[Any], ...] = (
    Listener(ParticipantRegistered, starts.on_registered),
    Listener(ParticipantsImported, starts.on_imported),
    Listener(WorkflowStartsDue, starts.on_starts_due),
    Listener(WorkflowParticipantChanged, changes.on_changed),
)

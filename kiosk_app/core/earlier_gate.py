"""The gate at which a person was before, for a ticket that was used already."""

from hub_sync.client.store import Store
from kiosk_app.core.assignment import Assignment


def earlier_gate(store: Store, assignment: Assignment, participant_id: str, device_id: str) -> str:
    """Return the name of another gate where a person passed last; empty: it was this one, or nobody knows.

    Args:
        store: the gate's store.
        assignment: what this station is.
        participant_id: the person.
        device_id: the station of the last passage.

    Raises:
        StoreError: the store could not be read.
    """
    if not device_id or device_id == assignment.device_id:
        return ""
    checkpoint_id = store.presence.checkpoint_of(participant_id, device_id, assignment.event.id)
    checkpoint = store.venue.checkpoint(checkpoint_id) if checkpoint_id else None
    if checkpoint is not None:
        return checkpoint.name
    return next((peer.name for peer in store.peers.all() if peer.id == device_id), "")

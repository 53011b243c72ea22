"""The assignment of a station: the device, its event and the checkpoint that it serves."""

from dataclasses import dataclass

from hub_sync.client.store import Store
from hub_sync.contract.enums import CheckpointDirection, Direction
from hub_sync.contract.sync import CheckpointRow, EventRow

_CHECKPOINT = "checkpoint_id"
_DIRECTION = "direction"


@dataclass(frozen=True, slots=True)
class Assignment:
    """The device that this station is, its event and its checkpoint."""

    device_id: str
    event: EventRow
    checkpoint: CheckpointRow


@dataclass(frozen=True, slots=True)
class ChosenDirection:
    """The direction that the operator chose for a checkpoint that is open in both."""

    checkpoint_id: str
    direction: Direction


def current_assignment(store: Store) -> Assignment | None:
    """Return the assignment, or None until the station is enrolled and has pulled its event and checkpoints.

    The operator's selected checkpoint precedes the hub's, unless it belongs to another event (the station was enrolled
    again since). Without either it is the first of the event's.
    """
    enrolment, selected_id = store.settings.enrolment_and_setting(_CHECKPOINT)
    event = store.venue.event()
    if enrolment is None or event is None:
        return None
    ids = [id_ for id_ in (selected_id, enrolment.checkpoint_id) if id_]
    checkpoints = (row for id_ in ids if (row := store.venue.checkpoint(id_)) is not None)
    checkpoint = next(checkpoints, None)
    if checkpoint is None and not enrolment.checkpoint_id:
        checkpoint = next(iter(store.venue.checkpoints()), None)
    return None if checkpoint is None else Assignment(enrolment.device_id, event, checkpoint)


def serve_checkpoint(store: Store, checkpoint_id: str) -> None:
    """Serve another checkpoint from now on, also after a restart.

    Raises:
        StoreError: the choice could not be saved.
    """
    store.settings.put(_CHECKPOINT, checkpoint_id)


def resolve_direction(checkpoint: CheckpointRow, chosen: ChosenDirection | None) -> Direction:
    """Return the direction of the scans at a checkpoint.

    A choice belongs to the checkpoint that it was made for: an exit is never refused for status or time, so another
    checkpoint must not begin as an exit.
    """
    if checkpoint.direction is not CheckpointDirection.BIDIRECTIONAL:
        return Direction(checkpoint.direction.value)
    return chosen.direction if chosen and chosen.checkpoint_id == checkpoint.id else Direction.ENTRY


def load_direction(store: Store) -> ChosenDirection | None:
    """Return the direction that was chosen last, also before a restart; None: there was no choice yet.

    Raises:
        StoreError: the store could not be read.
    """
    saved = store.settings.get(_DIRECTION)
    return saved and ChosenDirection(saved["checkpoint_id"], Direction(saved["direction"]))


def save_direction(store: Store, chosen: ChosenDirection) -> None:
    """Save the choice of a direction, also for the time after a restart.

    Raises:
        StoreError: the choice could not be saved.
    """
    store.settings.put(
        _DIRECTION, {"checkpoint_id": chosen.checkpoint_id, "direction": chosen.direction.value}
    )

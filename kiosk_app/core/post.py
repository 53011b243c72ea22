"""Where a station stands: the device, its event and the checkpoint that it serves."""

from dataclasses import dataclass

from hub_sync.client.store import Store
from hub_sync.contract.sync import CheckpointRow, EventRow

_CHECKPOINT = "checkpoint_id"


@dataclass(frozen=True, slots=True)
class Post:
    """Who this station is and where it stands."""

    device_id: str
    event: EventRow
    checkpoint: CheckpointRow


def current_post(store: Store) -> Post | None:
    """The post, or None until the station is enrolled and the hub has told it about event and checkpoint.

    The operator's choice of checkpoint goes before the hub's; without either, the first of the event's.
    """
    enrolment, chosen = store.settings.posting(_CHECKPOINT)
    event = store.venue.event()
    if enrolment is None or event is None:
        return None
    chosen = chosen or enrolment.checkpoint_id
    checkpoint = store.venue.checkpoint(chosen) if chosen else next(iter(store.venue.checkpoints()), None)
    return None if checkpoint is None else Post(enrolment.device_id, event, checkpoint)


def serve_checkpoint(store: Store, checkpoint_id: str) -> None:
    """Serve another checkpoint from now on, also after a restart.

    Raises:
        StoreFailed: it could not be kept.
    """
    store.settings.put(_CHECKPOINT, checkpoint_id)

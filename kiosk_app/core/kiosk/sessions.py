"""Count visitors' sessions by their outcome, without a name. The figures are reported to the hub."""

from dataclasses import dataclass
from typing import Any

from hub_sync.client.store import Store
from hub_sync.contract.clock import epoch_ms
from kiosk_app.kiosk_messages import FinishSession, SessionEnd

_KEY = "kiosk_sessions"


@dataclass(frozen=True, slots=True)
class SessionCounts:
    """The sessions since this station was enrolled, the seconds that they took, and when the last one ended."""

    completed: int = 0
    abandoned: int = 0
    terminated: int = 0
    seconds: int = 0
    last_ended_at_ms: int | None = None


def load_session_counts(store: Store) -> SessionCounts:
    """Return the counts.

    Raises:
        StoreError: the store could not be read.
    """
    saved: dict[str, Any] = store.settings.get(_KEY) or {}
    return SessionCounts(
        completed=int(saved.get("completed", 0)),
        abandoned=int(saved.get("abandoned", 0)),
        terminated=int(saved.get("terminated", 0)),
        seconds=int(saved.get("seconds", 0)),
        last_ended_at_ms=saved.get("last_ended_at_ms"),
    )


def count_session(store: Store, session: FinishSession) -> SessionCounts:
    """Count a session that has ended, and return the new counts.

    Raises:
        StoreError: it could not be written; it is not counted.
    """
    counts = load_session_counts(store)
    took_s = max(0, round((session.last_input_at - session.started_at).total_seconds()))
    saved = {
        "completed": counts.completed + (session.end is SessionEnd.COMPLETED),
        "abandoned": counts.abandoned + (session.end is SessionEnd.ABANDONED),
        "terminated": counts.terminated + (session.end is SessionEnd.TERMINATED),
        "seconds": counts.seconds + took_s,
        "last_ended_at_ms": epoch_ms(session.last_input_at),
    }
    store.settings.put(_KEY, saved)
    return load_session_counts(store)

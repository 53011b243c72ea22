"""Count visitors' sessions by their outcome, without a name. The figures are reported to the hub."""

from hub_sync.client.store import Store
from hub_sync.contract.clock import epoch_ms
from hub_sync.contract.station_report import KioskReport
from kiosk_app.kiosk_messages import FinishSession, SessionEnd

_KEY = "kiosk_sessions"


def load_kiosk_report(store: Store) -> KioskReport | None:
    """Return the sessions since this station was enrolled; None: there was none.

    Raises:
        StoreError: the store could not be read.
    """
    saved = store.settings.get(_KEY)
    return None if saved is None else KioskReport.model_validate(saved)


def count_session(store: Store, session: FinishSession) -> KioskReport:
    """Count a session that has ended, and return the new counts.

    Raises:
        StoreError: it could not be written; it is not counted.
    """
    counts = load_kiosk_report(store) or KioskReport()
    took_s = max(0, round((session.last_input_at - session.started_at).total_seconds()))
    counted = KioskReport(
        completed=counts.completed + (session.end is SessionEnd.COMPLETED),
        abandoned=counts.abandoned + (session.end is SessionEnd.ABANDONED),
        terminated=counts.terminated + (session.end is SessionEnd.TERMINATED),
        seconds=counts.seconds + took_s,
        last_ended_at_ms=epoch_ms(session.last_input_at),
    )
    store.settings.put(_KEY, counted.model_dump(mode="json"))
    return counted

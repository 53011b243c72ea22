"""Sessions are counted by their outcome; no name is kept."""

from datetime import timedelta
from pathlib import Path

from kiosk_app.core.kiosk.sessions import SessionCounts, count_session, load_session_counts
from kiosk_app.kiosk_messages import FinishSession, SessionEnd
from tests.support.builders.station import NOON, build_station_store, reopen_store


def test_each_outcome_is_counted_also_after_a_restart(tmp_path: Path) -> None:
    ends = (SessionEnd.COMPLETED, SessionEnd.COMPLETED, SessionEnd.ABANDONED, SessionEnd.TERMINATED)
    with build_station_store(tmp_path) as store:
        for end in ends:
            count_session(store, FinishSession("en", NOON, NOON + timedelta(seconds=40), end))
    with reopen_store(tmp_path) as store:
        counts = load_session_counts(store)
        assert counts.last_ended_at_ms is not None
        assert counts == SessionCounts(2, 1, 1, 160, counts.last_ended_at_ms)

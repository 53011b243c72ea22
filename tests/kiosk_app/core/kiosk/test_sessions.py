"""Sessions are counted by their outcome; no name is kept."""

from datetime import timedelta
from pathlib import Path

from hub_sync.contract.clock import epoch_ms
from hub_sync.contract.station_report import KioskReport
from kiosk_app.core.kiosk.sessions import count_session, load_kiosk_report
from kiosk_app.kiosk_messages import FinishSession, SessionEnd
from tests.support.builders.station import NOON, build_station_store, reopen_store


def test_each_outcome_is_counted_also_after_a_restart(tmp_path: Path) -> None:
    ends = (SessionEnd.COMPLETED, SessionEnd.COMPLETED, SessionEnd.ABANDONED, SessionEnd.TERMINATED)
    with build_station_store(tmp_path) as store:
        assert load_kiosk_report(store) is None
        for end in ends:
            count_session(store, FinishSession("en", NOON, NOON + timedelta(seconds=40), end))
    with reopen_store(tmp_path) as store:
        last = NOON + timedelta(seconds=40)
        assert load_kiosk_report(store) == KioskReport(
            completed=2, abandoned=1, terminated=1, seconds=160, last_ended_at_ms=epoch_ms(last)
        )

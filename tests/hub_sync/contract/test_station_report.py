import pytest
from pydantic import ValidationError

from hub_sync.contract.station_report import AlarmCode, StationAlarm, StationReport


def test_a_report_without_alarms_needs_three_members() -> None:
    report = StationReport(unsent=0, journal_sequence=1, uptime_s=2)
    assert (report.alarms, report.roster_age_s, report.software) == ((), None, "")


@pytest.mark.parametrize("code", [*AlarmCode, "FROM_A_NEWER_STATION"])
def test_an_alarm_may_have_a_code_of_a_newer_station(code: str) -> None:
    assert StationAlarm(code=code).code == code


@pytest.mark.parametrize("code", ["", "camera_lost", "1_ST", "A" * 65])
def test_an_alarm_code_has_the_form_of_one(code: str) -> None:
    with pytest.raises(ValidationError):
        StationAlarm(code=code)

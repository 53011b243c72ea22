import pytest
from pydantic import ValidationError

from hub_sync.contract.ready_check import MAX_POINTS, ReadyPoint, ReadyReport, ReadyState


def report(*states: str) -> ReadyReport:
    points = (ReadyPoint(part=f"part_{chr(97 + n)}", state=state) for n, state in enumerate(states))
    return ReadyReport(at_ms=1, points=tuple(points))


def test_a_warning_keeps_no_gate_closed_and_a_fault_does() -> None:
    assert report("ready", "warn", "not_applicable").is_ready
    assert not report("ready", "not_ready").is_ready
    assert [point.state for point in report("warn", "ready", "not_ready").to_do] == [
        ReadyState.NOT_READY,
        ReadyState.WARN,
    ]


def test_a_newer_stations_parts_and_states_are_taken_and_hostile_words_are_not() -> None:
    newer = report("half_ready")
    assert newer.is_ready
    assert newer.to_do == ()
    for word in ("", "<b>", "a" * 49, "READY"):
        with pytest.raises(ValidationError):
            ReadyPoint(part=word, state="ready")
    with pytest.raises(ValidationError):
        report(*["ready"] * 20, *["ready"] * (MAX_POINTS - 19))

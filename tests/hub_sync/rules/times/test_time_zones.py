"""Time zones come from the package, not from the machine."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo, reset_tzpath

import pytest

from hub_sync.rules.times.time_zones import (
    UnknownTimeZone,
    load_time_zone,
    load_time_zone_or_utc,
    time_zone_names,
)

NOON = datetime(2026, 6, 11, 12, tzinfo=UTC)


def test_every_name_of_the_list_is_loaded_and_has_a_time() -> None:
    for name in time_zone_names():
        assert datetime(2026, 6, 11, 12, tzinfo=load_time_zone(name)).utcoffset() is not None
    assert len(time_zone_names()) > 500


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Europe/Doorward",
        "europe/berlin",
        "localtime",
        "posixrules",
        "Factory",
        "right/Europe/Berlin",
        "posix/Europe/Berlin",
        "posix/UTC",
        "../UTC",
        "/etc/passwd",
        "UTC\0",
    ],
)
def test_a_name_that_is_not_on_the_list_is_unknown(name: str) -> None:
    with pytest.raises(UnknownTimeZone, match="Update Doorward") as unknown:
        load_time_zone(name)
    assert unknown.value.name == name
    assert load_time_zone_or_utc(name).key == "UTC"


def test_the_files_of_the_machine_are_not_asked(tmp_path: Path) -> None:
    folder = tmp_path / "Europe"
    folder.mkdir()
    (folder / "Doorward").write_bytes(b"TZif of a newer machine")
    try:
        reset_tzpath([str(tmp_path)])
        with pytest.raises(UnknownTimeZone):
            load_time_zone("Europe/Doorward")
        assert load_time_zone("Europe/Berlin").utcoffset(NOON) is not None
    finally:
        reset_tzpath()


def test_a_zone_is_the_same_as_the_one_of_the_standard_library() -> None:
    ours, theirs = load_time_zone("Europe/Berlin"), ZoneInfo("Europe/Berlin")
    for month in range(1, 13):
        at = NOON.replace(month=month, tzinfo=None)
        assert ours.utcoffset(at) == theirs.utcoffset(at)
    assert load_time_zone("Europe/Berlin") is ours

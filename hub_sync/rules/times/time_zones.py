"""Time zones by their IANA names, from the `tzdata` package that is installed with Doorward.

The files of the machine are not used: two machines would know different names and different rules for one name.
"""

from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo


class UnknownTimeZone(ValueError):
    """This program's time zone data has no such name. `name` is the name."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"The time zone {name!r} is not known here. Update Doorward, which brings new time zone data."
        )
        self.name = name


def load_time_zone(name: str) -> ZoneInfo:
    """Return the time zone of an IANA name.

    >>> load_time_zone("Europe/Berlin").key
    'Europe/Berlin'

    Raises:
        UnknownTimeZone: No such name, or one that only the machine knows.
    """
    if name not in time_zone_names():
        raise UnknownTimeZone(name)
    return _load(name)


def load_time_zone_or_utc(name: str) -> ZoneInfo:
    """Return the time zone of an IANA name, or UTC for an unknown one. For display only, never for a decision."""
    return load_time_zone(name if name in time_zone_names() else "UTC")


@cache
def time_zone_names() -> frozenset[str]:
    """Return all names of the IANA list, older names included; without "Factory", the zone of a machine that has none."""
    return frozenset(files("tzdata").joinpath("zones").read_text("utf-8").split()) - {"Factory"}


@cache
def _load(name: str) -> ZoneInfo:
    with files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as data:
        return ZoneInfo.from_file(data, key=name)

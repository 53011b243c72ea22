"""Times as a form's `datetime-local` field sends and shows them: to the minute, without a zone.

Such a text says less than an instant. It has no seconds, no hour that the clocks skip, and of an hour that comes twice
it names neither. So a text that nobody changed is the instant that it was made of; a skipped hour is refused; and of a
repeated hour, the person is asked which one is meant (`ask_which_hour`); where nobody can be asked, a beginning means
the first and an end the second, as in the opening hours of gates.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Annotated

from pydantic import AfterValidator

from hub_sync.hub.console.forms import FormInvalid
from hub_sync.hub.console.i18n.formats import day
from hub_sync.hub.console.i18n.translation import N_, _
from hub_sync.hub.console.page import Page
from hub_sync.hub.console.submissions.confirmations import Question
from hub_sync.rules.times.opening_hours import local_instant
from hub_sync.rules.times.time_zones import load_time_zone, load_time_zone_or_utc

LOCAL = "%Y-%m-%dT%H:%M"
_LATEST = 9000
_NONE = timedelta(0)
ChooseHour = Callable[[str, Sequence[datetime]], datetime]
"""(field, the two instants of an hour that comes twice) → the instant that is meant."""


def _naive(value: datetime) -> datetime:
    if value.year > _LATEST:
        raise ValueError(_("That is too far away."))
    return value.replace(tzinfo=None)


LocalTime = Annotated[datetime, AfterValidator(_naive)]


def as_local(at: datetime, zone: str) -> str:
    """Return an instant as the value of a `datetime-local` field."""
    return at.astimezone(load_time_zone_or_utc(zone)).strftime(LOCAL)


def to_instant(
    field: str,
    typed: datetime,
    zone: str,
    *,
    before: datetime | None = None,
    end: bool = False,
    choose: ChooseHour | None = None,
) -> datetime:
    """Return the instant that a field means.

    Args:
        field: the name of the field, for the message.
        typed: the wall-clock time in the field.
        zone: the IANA name of its time zone.
        before: the instant that the field was filled in with; None: it was empty.
        end: of an hour that comes twice, the second is meant.
        choose: chooses between the two instants of an hour that comes twice; None: `end` decides.

    Raises:
        FormInvalid: 422, the clocks skip this time.
        ConfirmationNeeded: 409, `choose` asks first.
    """
    if before is not None and as_local(before, zone) == typed.strftime(LOCAL):
        return before
    instant = local_instant(typed.date(), typed.time(), load_time_zone(zone), end=end)
    reached = instant.astimezone(load_time_zone(zone)).replace(tzinfo=None)
    if reached != typed:
        wall = typed.replace(tzinfo=load_time_zone(zone))
        jump = (wall.replace(fold=1).utcoffset() or _NONE) - (wall.utcoffset() or _NONE)
        begin = reached - jump
        shape = "%H:%M" if begin.date() == reached.date() else "%Y-%m-%d %H:%M"
        raise FormInvalid(
            {
                field: _(
                    "There is no %(time)s on that day: the clocks of %(zone)s go from %(begin)s to %(end)s. Choose another time."
                )
                % {
                    "time": f"{typed:%H:%M}",
                    "zone": zone,
                    "begin": begin.strftime(shape),
                    "end": reached.strftime(shape),
                }
            }
        )
    wall = typed.replace(tzinfo=load_time_zone(zone))
    if choose is not None and wall.utcoffset() != wall.replace(fold=1).utcoffset():
        return choose(field, [wall.replace(fold=fold) for fold in (0, 1)]).astimezone(UTC)
    return instant


def ask_which_hour(page: Page, labels: Mapping[str, str]) -> ChooseHour:
    """Return a `ChooseHour` that asks the user.

    Args:
        page: the page of the form.
        labels: what people call the fields, by their names.
    """

    def choose(field: str, instants: Sequence[datetime]) -> datetime:
        words = (N_("The first %(time)s (UTC%(offset)s)"), N_("The second %(time)s (UTC%(offset)s)"))
        choices = [
            (
                f"{field} {instant.isoformat()}",
                _(word) % {"time": f"{instant:%H:%M}", "offset": instant.isoformat()[-6:]},
            )
            for word, instant in zip(words, instants, strict=True)
        ]
        title = _("%(field)s: which %(time)s?") % {"field": labels[field], "time": f"{instants[0]:%H:%M}"}
        sentence = _("This time comes twice on %(day)s: the clocks of %(zone)s go back.") % {
            "day": day(instants[0].date()),
            "zone": str(instants[0].tzinfo),
        }
        chosen = page.ask_which(Question(f"hour of {field}", title, (sentence,), choices=choices))
        return dict(zip((key for key, _label in choices), instants, strict=True))[chosen]

    return choose


def repeated_hour_note(instants: Iterable[datetime], zone: str) -> str:
    """Return a sentence about the first of the instants whose hour comes twice that day; empty if there is none."""
    for instant in instants:
        local = instant.astimezone(load_time_zone_or_utc(zone))
        if local.utcoffset() != local.replace(fold=1 - local.fold).utcoffset():
            sentence = (
                _("%(time)s comes twice on that day; the second one is meant (UTC%(offset)s).")
                if local.fold
                else _("%(time)s comes twice on that day; the first one is meant (UTC%(offset)s).")
            )
            return sentence % {"time": f"{local:%H:%M}", "offset": local.isoformat()[-6:]}
    return ""


def time_zones(chosen: str) -> list[tuple[str, str]]:
    """Return the options (value, label) of the time zone select: zones of places, UTC, and the chosen zone in any case."""
    return [(name, name.replace("_", " ")) for name in sorted(_time_zone_names() | {chosen})]


@cache
def _time_zone_names() -> frozenset[str]:
    """Return the zones of tz's table of countries and UTC. The list of all zones has 160 outdated names more."""
    table = files("tzdata.zoneinfo").joinpath("zone.tab").read_text("utf-8")
    rows = (line.split("\t") for line in table.splitlines() if line and not line.startswith("#"))
    return frozenset(row[2] for row in rows) | {"UTC"}

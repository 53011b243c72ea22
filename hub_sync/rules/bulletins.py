"""Choose the bulletins of the hub that a station shows at a time, and their order."""

from collections.abc import Iterable, Mapping

from hub_sync.contract.bulletins import BulletinPriority, StationBulletin

MOST_BEHIND_MS = 120_000
"""How far a station's time may lie before the moment at which it got its bulletins from the hub; farther, and its clock is wrong."""
URGENCY = {BulletinPriority.EMERGENCY: 0, BulletinPriority.WARNING: 1, BulletinPriority.INFO: 2}


def visible_bulletins(
    bulletins: Iterable[StationBulletin], now_ms: int, as_of_ms: int, answered: Iterable[str] = ()
) -> tuple[StationBulletin, ...]:
    """Return the bulletins to show now, the most urgent first; while there is an emergency, emergencies alone.

    Args:
        bulletins: those of the event.
        now_ms: the station's corrected time.
        as_of_ms: the hub's time when the station got the list. A time before it is wrong: then nothing is shown, for it can't be
            known if it is over.
        answered: ids of those that somebody has confirmed; they go, but an emergency stays.
    """
    if now_ms < as_of_ms - MOST_BEHIND_MS:
        return ()
    done = frozenset(answered)
    current = [
        each
        for each in bulletins
        if each.from_ms <= now_ms < each.until_ms
        and (each.id not in done or each.priority is BulletinPriority.EMERGENCY)
    ]
    current.sort(key=lambda each: (URGENCY[each.priority], each.from_ms, each.id))
    urgent = [each for each in current if each.priority is BulletinPriority.EMERGENCY]
    return tuple(urgent or current)


def text_in(texts: Mapping[str, str], language: str, usual: str) -> tuple[str, str]:
    """Return language and text of a bulletin for a screen: in its language, else in the usual one, else in the first there is."""
    for code in (language, usual, *sorted(texts)):
        if code in texts:
            return code, texts[code]
    return usual, ""

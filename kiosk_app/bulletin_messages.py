"""Messages between the thread of bulletins and the window, as frozen values."""

from dataclasses import dataclass

from hub_sync.contract.bulletins import BulletinPriority


@dataclass(frozen=True, slots=True)
class VisibleBulletin:
    """A message of the hub that is to be on the screen now. `wants_answer`: nobody here has confirmed it yet."""

    id: str
    priority: BulletinPriority
    texts: tuple[tuple[str, str], ...]
    """Language and text."""
    language: str
    wants_answer: bool = False


@dataclass(frozen=True, slots=True)
class BulletinsChanged:
    """The messages of the hub that are to be on the screen now, the most urgent first."""

    bulletins: tuple[VisibleBulletin, ...] = ()


@dataclass(frozen=True, slots=True)
class BulletinsShown:
    """These stand on the screen, so that somebody can read them."""

    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AnswerBulletin:
    """Somebody at the station has read it. `operator` is who is signed on; "": nobody."""

    bulletin_id: str
    operator: str = ""


BulletinCommand = BulletinsShown | AnswerBulletin

"""Choose the bulletins that stand on a screen, and their order."""

from hub_sync.contract.bulletins import BulletinPriority, StationBulletin
from hub_sync.rules.bulletins import MOST_BEHIND_MS, text_in, visible_bulletins

P = BulletinPriority


def bulletin(
    id_: str, priority: P = P.INFO, from_ms: int = 1_000_000, until_ms: int = 2_000_000
) -> StationBulletin:
    return StationBulletin(id=id_, priority=priority, texts={"en": id_}, from_ms=from_ms, until_ms=until_ms)


def ids(
    *bulletins: StationBulletin, now: int = 1_500_000, as_of: int = 900_000, answered: tuple[str, ...] = ()
) -> list[str]:
    return [each.id for each in visible_bulletins(bulletins, now, as_of, answered)]


def test_it_begins_and_ends_at_its_times() -> None:
    one = bulletin("one")
    assert [bool(ids(one, now=at)) for at in (999_999, 1_000_000, 1_999_999, 2_000_000)] == [
        False,
        True,
        True,
        False,
    ]


def test_a_clock_behind_the_moment_at_which_the_hub_sent_it_shows_nothing() -> None:
    one = bulletin("one", from_ms=0)
    assert ids(one, now=1_500_000 - MOST_BEHIND_MS, as_of=1_500_000) == ["one"]
    assert ids(one, now=1_500_000 - MOST_BEHIND_MS - 1, as_of=1_500_000) == []


def test_the_most_urgent_comes_first_and_an_emergency_stands_alone_also_when_it_is_confirmed() -> None:
    info, warning, emergency = bulletin("i"), bulletin("w", P.WARNING), bulletin("e", P.EMERGENCY)
    assert ids(info, warning) == ["w", "i"]
    assert ids(info, warning, answered=("w",)) == ["i"]
    assert ids(info, warning, emergency, answered=("e",)) == ["e"]


def test_a_screen_shows_its_language_else_the_usual_one_else_any() -> None:
    texts = {"de": "Hallo", "ar": "مرحبا"}
    assert [text_in(texts, language, "de")[0] for language in ("ar", "en")] == ["ar", "de"]
    assert text_in(texts, "en", "en")[0] == "ar"

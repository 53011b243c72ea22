from kiosk_app.flap_filter import STEADY_AFTER_MS, WITHIN_MS, FlapFilter


def test_what_comes_and_stays_or_goes_is_seen_as_it_is() -> None:
    items = FlapFilter[str]()
    assert items.take(["a"], 0) == {"a"}
    assert items.take(["a", "b"], 1_000) == {"a", "b"}
    assert items.take([], 2_000) == set()


def test_what_flaps_is_present_until_it_has_been_away_for_a_minute() -> None:
    items = FlapFilter[str]()
    results = [items.take(["a"] if at // 1_000 % 2 else [], at) for at in range(0, 60_000, 1_000)]
    assert results[:5] == [set(), {"a"}, set(), {"a"}, set()]
    assert set(results[5:]) == {frozenset("a")}
    last = 59_000
    assert items.take([], last + STEADY_AFTER_MS - 1) == {"a"}
    assert items.take([], last + STEADY_AFTER_MS) == set()
    assert items.take(["a"], last + STEADY_AFTER_MS + 1) == {"a"}
    assert items.take([], last + STEADY_AFTER_MS + 2) == set(), "it begins anew"


def test_what_comes_seldom_does_not_flap() -> None:
    items = FlapFilter[str]()
    for number in range(5):
        at = number * (WITHIN_MS // 2 + 1)
        assert items.take(["a"], at) == {"a"}
        assert items.take([], at + 1_000) == set()

from hub_sync.client.sync.backoff import BASE_S, CAP_S, Backoff


def test_the_bound_doubles_up_to_a_cap_and_the_wait_is_anything_below() -> None:
    highest = Backoff(lambda: 1.0)
    waits = [highest.failed() for _ in range(10)]
    assert waits[:4] == [BASE_S, BASE_S * 2, BASE_S * 4, BASE_S * 8]
    assert waits[-1] == CAP_S
    assert Backoff(lambda: 0.0).failed() == 0.0


def test_a_success_begins_again() -> None:
    backoff = Backoff(lambda: 1.0)
    for _ in range(5):
        backoff.failed()
    backoff.succeeded()
    assert backoff.failed() == BASE_S


def test_ten_thousand_failures_do_not_overflow() -> None:
    backoff = Backoff(lambda: 1.0)
    assert [backoff.failed() for _ in range(10_000)][-1] == CAP_S

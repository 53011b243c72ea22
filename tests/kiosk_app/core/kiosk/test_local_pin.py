"""The PIN of a machine: good for two minutes, and no machine tries all of them."""

from datetime import timedelta

from hub_sync.contract.clock import ManualClock
from kiosk_app.core.kiosk.local_pin import LocalPin
from kiosk_app.messages import PinResult
from tests.support.builders.station import NOON


def test_the_pin_is_good_for_two_minutes_after_its_last_use() -> None:
    clock = ManualClock(NOON)
    pin = LocalPin("4821", clock)
    assert pin.check("\u0664\u0668\u0662\u0661").result is PinResult.ACCEPTED  # digits of any script
    clock.advance(timedelta(seconds=119))
    pin.extend()
    clock.advance(timedelta(seconds=119))
    assert pin.is_good
    clock.advance(timedelta(seconds=1))
    assert not pin.is_good


def test_wrong_pins_make_everybody_wait_also_whoever_has_the_right_one() -> None:
    clock = ManualClock(NOON)
    pin = LocalPin("4821", clock)
    answers = [pin.check(f"{number:04}").result for number in range(5)]
    assert answers[0] is PinResult.WRONG
    assert answers[-1] is PinResult.WAIT
    assert pin.check("4821").result is PinResult.WAIT
    clock.advance(timedelta(minutes=15))
    assert pin.check("4821").result is PinResult.ACCEPTED


def test_without_a_pin_none_is_right() -> None:
    pin = LocalPin("", ManualClock(NOON))
    assert not pin.is_set
    assert pin.check("").result is PinResult.WRONG

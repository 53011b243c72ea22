"""PINs of operators: which are taken, what a verifier proves, and how long wrong ones must wait."""

import pytest

from hub_sync.rules.operator_pins import (
    SALT_BYTES,
    PinFault,
    PinRefused,
    hash_pin,
    matches_pin,
    read_pin,
    wait_after,
)

SALT = bytes(range(SALT_BYTES))
VERIFIER = hash_pin("2509", SALT)


@pytest.mark.parametrize("text", ["2509", " 2509 ", "٢٥٠٩", "25091987"])
def test_four_to_eight_digits_of_any_script_are_a_pin(text: str) -> None:
    assert read_pin(text) in ("2509", "25091987")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", PinFault.FORM),
        ("250", PinFault.FORM),
        ("250919871", PinFault.FORM),
        ("25a9", PinFault.FORM),
        ("25²9", PinFault.FORM),
        ("0000", PinFault.EASY),
        ("1234", PinFault.EASY),
        ("7890", PinFault.EASY),
        ("987654", PinFault.EASY),
    ],
)
def test_what_is_no_pin_or_guessed_first_is_refused(text: str, fault: PinFault) -> None:
    with pytest.raises(PinRefused) as refused:
        read_pin(text)
    assert refused.value.fault is fault


def test_a_verifier_proves_its_own_pin_only_and_does_not_hold_it() -> None:
    assert matches_pin("2509", VERIFIER)
    assert matches_pin("٢٥٠٩", VERIFIER)
    assert not matches_pin("2508", VERIFIER)
    assert not matches_pin("", VERIFIER)
    assert "2509" not in VERIFIER
    assert hash_pin("2509", bytes(SALT_BYTES)) != VERIFIER


@pytest.mark.parametrize(
    "verifier",
    [
        "",
        "plain$2509",
        VERIFIER.replace("scrypt", "rot13"),
        VERIFIER.replace("$15$", "$40$"),
        VERIFIER.replace("$15$", "$-1$"),
        VERIFIER.replace("$15$", "$x$"),
        VERIFIER[:-4],
        VERIFIER + "$",
    ],
)
def test_a_verifier_that_is_not_understood_proves_nothing_and_asks_for_no_memory(verifier: str) -> None:
    assert not matches_pin("2509", verifier)


def test_four_wrong_pins_are_free_and_each_one_after_waits_longer_up_to_a_quarter_of_an_hour() -> None:
    waits = [wait_after(failures) for failures in range(12)]
    assert waits == [0, 0, 0, 0, 0, 30, 60, 120, 240, 480, 900, 900]
    assert wait_after(10_000) == 900

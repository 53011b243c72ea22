"""Registration codes and names as people type them."""

import pytest

from hub_sync.rules.text_normalization import normalize_code, normalize_name


@pytest.mark.parametrize(
    "typed", ["REG-0012", "reg 0012", " r e g o o i 2 ", "ＲＥＧ００１２", "REG–0012", "reg_0012"]
)
def test_spaces_dashes_case_and_look_alikes_are_forgiven(typed: str) -> None:
    assert normalize_code(typed) == normalize_code("REG-0012")


def test_database_id_is_not_a_registration_code() -> None:
    assert normalize_code("0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b") != normalize_code("REG-0012")


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("José", "Jose"),
        ("WEISS", "weiß"),
        ("Ångström", "angstrom"),
        ("  Li   Na ", "li na"),
        ("فاطمة", "فاطمة"),
    ],
)
def test_name_is_found_as_it_is_typed(name: str, typed: str) -> None:
    assert normalize_name(name) == normalize_name(typed)

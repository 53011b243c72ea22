"""Passwords in the two forms that keyboards type them in."""

import unicodedata

import pytest

from hub_sync.hub.domains.accounts.credentials import passwords
from hub_sync.hub.domains.accounts.errors import PasswordIsEmail, PasswordTooUniform

COMPOSED = unicodedata.normalize("NFC", "schöne grüne Gärten")
DECOMPOSED = unicodedata.normalize("NFD", COMPOSED)


def stored_as_typed(password: str) -> str:
    """Return a hash as earlier versions stored it, without normalization."""
    return passwords._hasher.hash(password.encode())


@pytest.mark.parametrize(
    ("chosen", "typed"),
    [
        (COMPOSED, DECOMPOSED),
        (DECOMPOSED, COMPOSED),
        ("pass word ＡＢＣ １２", "pass word ABC 12"),
        ("pass\u00a0word and more", "pass word and more"),
    ],
)
def test_a_password_is_the_same_from_every_keyboard(chosen: str, typed: str) -> None:
    stored = passwords.hash_password(chosen)
    assert passwords.verify_password(stored, typed)
    assert passwords.verify_password(stored, chosen)
    assert not passwords.verify_password(stored, typed + "x")
    assert not passwords.needs_rehash(stored, typed)


def test_a_hash_of_the_time_before_stays_good_and_is_replaced() -> None:
    for chosen, other in ((DECOMPOSED, COMPOSED), (COMPOSED, DECOMPOSED)):
        stored = stored_as_typed(chosen)
        assert passwords.verify_password(stored, chosen)
        assert passwords.needs_rehash(stored, chosen) is (chosen == DECOMPOSED)
        assert passwords.verify_password(passwords.hash_password(chosen), other)


def test_rules_are_checked_on_the_normal_form() -> None:
    with pytest.raises(PasswordIsEmail):
        passwords.check_password_rules("ＡＤＡ＠ｅｘａｍｐｌｅ．ｏｒｇ", "ada@example.org")
    with pytest.raises(PasswordTooUniform):
        passwords.check_password_rules("aａ" * 10)
    passwords.check_password_rules(COMPOSED)


def test_no_password_is_right_without_a_hash_and_half_a_character_is_no_failure() -> None:
    assert not passwords.verify_password("", DECOMPOSED)
    assert not passwords.verify_password(passwords.hash_password(COMPOSED), "\ud800" + COMPOSED)

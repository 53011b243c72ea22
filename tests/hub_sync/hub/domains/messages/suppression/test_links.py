"""Links to unsubscribe name address and purpose themselves; a damaged one says so."""

import pytest

from hub_sync.contract.enums import MessageChannel, MessagePurpose
from hub_sync.hub.domains.messages.errors import UnsubscribeLinkInvalid
from hub_sync.hub.domains.messages.suppression.links import (
    Subscription,
    read_token,
    unsubscribe_headers,
    unsubscribe_token,
)

NEWS = Subscription("t", MessageChannel.EMAIL, "ada@example.org", MessagePurpose.EVENT_NEWS, "d")


def key(label: str) -> bytes:
    return label.encode().ljust(32, b"-")


def test_a_token_is_read_back_and_shows_no_address() -> None:
    token = unsubscribe_token(key, NEWS)
    assert read_token(key, token) == NEWS
    assert "ada" not in token


@pytest.mark.parametrize("token", ["", "a", "äöü", "A" * 80, "cut short"], ids=len)
def test_a_damaged_token_is_an_error_of_its_own(token: str) -> None:
    token = unsubscribe_token(key, NEWS)[:-4] if token == "cut short" else token
    with pytest.raises(UnsubscribeLinkInvalid):
        read_token(key, token)


def test_the_headers_are_those_of_rfc_8058() -> None:
    assert unsubscribe_headers("https://fair.example/unsubscribe/x") == {
        "List-Unsubscribe": "<https://fair.example/unsubscribe/x>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }

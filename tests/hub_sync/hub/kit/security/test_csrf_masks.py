"""Masked CSRF tokens."""

import pytest

from hub_sync.hub.kit.security.csrf_masks import mask_token, unmask_token

TOKEN = "0123456789abcdef" * 4


def test_a_masked_token_is_another_each_time_and_means_the_same() -> None:
    first, second = mask_token(TOKEN), mask_token(TOKEN)
    assert first != second
    assert TOKEN not in first
    assert unmask_token(first) == unmask_token(second) == TOKEN


@pytest.mark.parametrize("sent", ["", TOKEN, "zz" * 64, TOKEN + "0", "\u0660" * 128])
def test_what_is_not_masked_stays_as_it_was_sent(sent: str) -> None:
    assert unmask_token(sent) == sent

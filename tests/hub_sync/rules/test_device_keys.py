"""The key pair of a station."""

import pytest

from hub_sync.rules.device_keys import DeviceKey, DevicePublicKey

A, B, C = (DeviceKey(bytes([number]) * 32) for number in (1, 2, 3))


def test_one_secret_gives_the_same_keys_for_ever() -> None:
    assert DeviceKey(A.secret).public == A.public
    assert A.public.text == (
        "dk1.18ee994c6d238d509a874d35516762680c1cbf2b9a7fac657612594917333b90"
        ".831b4f75d629c4c106dd21296dea5d0b40f33974206bf5699c0eed823bd0b653"
    )


def test_a_public_key_survives_its_text() -> None:
    assert DevicePublicKey.parse(A.public.text) == A.public
    assert len({key.public.fingerprint for key in (A, B, C)}) == 3


@pytest.mark.parametrize(
    "text",
    ["", "dk1", "dk2." + "a" * 64 + "." + "b" * 64, "dk1." + "A" * 64 + "." + "b" * 64, "dk1.aa.bb", "\0"],
)
def test_any_other_text_is_no_key(text: str) -> None:
    assert DevicePublicKey.parse(text) is None


def test_a_signature_is_of_one_key_and_one_message() -> None:
    signature = A.sign(b"head")
    assert A.public.is_signature(signature, b"head")
    assert not A.public.is_signature(signature, b"tail")
    assert not B.public.is_signature(signature, b"head")
    assert not A.public.is_signature(b"short", b"head")
    assert not DevicePublicKey(b"\xff" * 32, B.public.exchange).is_signature(signature, b"head")


def test_two_stations_agree_on_a_secret_that_a_third_does_not_have() -> None:
    shared = A.agree(B.public, b"lan")
    assert shared == B.agree(A.public, b"lan")
    assert shared not in (A.agree(C.public, b"lan"), C.agree(B.public, b"lan"), A.agree(B.public, b"other"))


def test_a_public_key_with_which_everybody_would_agree_is_refused() -> None:
    assert A.agree(DevicePublicKey(B.public.signing, bytes(32)), b"lan") is None


def test_a_secret_of_another_length_is_refused_and_none_is_in_a_log() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        DeviceKey(b"short")
    assert A.secret.hex() not in repr(A)
    assert DeviceKey.generate().secret != DeviceKey.generate().secret

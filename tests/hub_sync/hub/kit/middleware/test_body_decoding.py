"""Few bytes cause little work: growth, values and errors are bounded before anything is parsed."""

import gzip
import tracemalloc
from collections.abc import Callable

import pytest
import zstandard

from hub_sync.hub.kit.errors import HubError
from hub_sync.hub.kit.middleware import body_decoding
from hub_sync.hub.kit.middleware.body_decoding import (
    BodyLimits,
    BodyTooComplex,
    NulInBody,
    SurrogateInBody,
    UnpackedBodyTooLarge,
    decode,
)

MIB = 2**20
LIMITS = BodyLimits(16 * MIB)
PACK: dict[str, Callable[[bytes], bytes]] = {
    "zstd": zstandard.ZstdCompressor(level=19).compress,
    "gzip": gzip.compress,
}


def peak_of(act: Callable[[], object]) -> int:
    """Return the most bytes that Python's objects took while `act` ran."""
    tracemalloc.start()
    try:
        act()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("encoding", PACK)
@pytest.mark.parametrize("content", [b" ", b"[],", b'"\\ud83d\\ude00",', b"0,"])
def test_a_small_body_becomes_no_large_one(encoding: str, content: bytes) -> None:
    bomb = PACK[encoding](content * (16 * MIB // len(content)))

    def unpack() -> None:
        with pytest.raises(UnpackedBodyTooLarge):
            decode(bomb, encoding, LIMITS)

    allowed = max(body_decoding.GROWTH_FROM, body_decoding.MOST_GROWTH * len(bomb))
    assert peak_of(unpack) < 2 * allowed + MIB


@pytest.mark.parametrize("encoding", PACK)
def test_what_grows_as_journals_do_is_taken(encoding: str) -> None:
    plain = b'{"participant_id": "0198f0c2-7b1e-7000-8000-000000000001", "zone": null}' * 800
    assert decode(PACK[encoding](plain), encoding, LIMITS) == plain


@pytest.mark.parametrize("sign", [b"0,", b"[],", b"{},", b"[", b'"\\u0041"'])
def test_values_are_counted_before_they_are_parsed(sign: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body_decoding, "_has_lone_surrogate", pytest.fail)
    body = b"[" + sign * 10_001 + b"0]"
    with pytest.raises(BodyTooComplex) as refused:
        decode(body, "identity", LIMITS)
    assert (refused.value.status, refused.value.parameters) == (422, {"limit": 10_000})
    assert decode(body, "identity", BodyLimits(MIB, values=50_000)) == body


def test_values_are_counted_over_all_slices() -> None:
    body = (b" " * (MIB - 1) + b",") * 3
    with pytest.raises(BodyTooComplex):
        body_decoding.refuse_too_many_values(body, 2)
    body_decoding.refuse_too_many_values(body, 3)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b'"\\ud800"', SurrogateInBody),
        (b'"\\u0000"', NulInBody),
        (b'"\x00"', NulInBody),
        (b'"\\ud83d\\ude00 \\\\ud800"', None),
    ],
)
def test_text_that_no_database_stores_is_refused(body: bytes, error: type[HubError] | None) -> None:
    if error is None:
        assert decode(body, "identity", LIMITS) == body
        return
    with pytest.raises(error):
        decode(body, "identity", LIMITS)

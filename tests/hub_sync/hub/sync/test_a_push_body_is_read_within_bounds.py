"""What arrives as a push is unpacked within bounds, and refused in words."""

import gzip

import orjson
import pytest
import zstandard

from hub_sync.hub.domains.sync import push_body
from hub_sync.hub.domains.sync.push_body import PushEncodingUnknown, PushTooLarge, PushUnreadable, read_push

JOURNAL = "0" * 36
ITEM = {"sequence": 1, "body": "é", "hash": "0" * 64}
PUSH = {"journal_id": JOURNAL, "sent_at_ms": 1, "items": [ITEM], "newer": "member"}
BOMB = b" " * (200 * 2**20)


def changed(**members: object) -> bytes:
    return orjson.dumps({**PUSH, **members})


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        ("", bytes),
        ("identity", bytes),
        ("GZIP ", gzip.compress),
        ("zstd", zstandard.ZstdCompressor().compress),
        ("zstd", zstandard.ZstdCompressor(write_content_size=False, level=19).compress),
    ],
)
def test_plain_gzip_and_zstd_are_read(encoding: str, pack: object) -> None:
    assert callable(pack)
    assert read_push(pack(orjson.dumps(PUSH)), encoding).items[0].body == "é"


@pytest.mark.parametrize(
    ("encoding", "raw"),
    [
        ("gzip", b""),
        ("gzip", b"\x00" * 50),
        ("gzip", gzip.compress(orjson.dumps(PUSH))[:-20]),
        ("zstd", b"\xff" * 50),
        ("zstd", zstandard.ZstdCompressor().compress(orjson.dumps(PUSH))[:-10]),
        ("", b""),
        ("", b"\xff\xfe"),
        ("", b"[" * 100_000),
        ("", b"null"),
        ("", b'{"journal_id": NaN}'),
        ("", changed(items=[{**ITEM, "sequence": 0}])),
        ("", changed(items=[{**ITEM, "sequence": -1}])),
        ("", changed(items=[ITEM]).replace(b'"sequence":1', b'"sequence":1' + b"0" * 400)),
        ("", changed(items=[ITEM]).replace(b'"sequence":1', b'"sequence":1e400')),
        ("", changed(items=[ITEM]).replace("é".encode(), b"\\ud800")),
        ("", changed(items=[{**ITEM, "hash": "A" * 64}])),
        ("", changed(items=[{**ITEM, "body": "x" * 16_385}])),
        ("", changed(items=[ITEM] * 1001)),
        ("", changed(journal_id="short")),
        ("", changed(anchors={"b": -1})),
        ("", changed(anchors={"b": 2**62})),
        ("", changed(anchors={str(n): 1 for n in range(65)})),
    ],
)
def test_what_is_no_push_is_refused_in_one_sentence(encoding: str, raw: bytes) -> None:
    with pytest.raises(PushUnreadable) as refused:
        read_push(raw, encoding)
    assert str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("encoding", ["br", "zstd, gzip", "\x00"])
def test_an_unknown_encoding_is_named_as_such(encoding: str) -> None:
    with pytest.raises(PushEncodingUnknown):
        read_push(b"", encoding)


@pytest.mark.parametrize(
    ("encoding", "raw"),
    [("gzip", gzip.compress(BOMB)), ("zstd", zstandard.ZstdCompressor().compress(BOMB))],
    ids=["gzip", "zstd"],
)
def test_a_decompression_bomb_is_stopped_early(encoding: str, raw: bytes) -> None:
    assert len(raw) < 2**20
    with pytest.raises(PushTooLarge):
        read_push(raw, encoding)


def test_a_zstd_frame_may_not_ask_for_much_memory() -> None:
    wide = zstandard.ZstdCompressionParameters.from_level(3, window_log=27)
    packer = zstandard.ZstdCompressor(compression_params=wide).compressobj()
    raw = packer.compress(orjson.dumps(PUSH)) + packer.flush()
    with pytest.raises(PushUnreadable):
        read_push(raw, "zstd")


def test_the_largest_lawful_push_fits() -> None:
    longest = {**ITEM, "body": '"' * 16_384}
    raw = changed(items=[{**longest, "sequence": n} for n in range(1, 1001)])
    assert len(raw) < push_body.MAX_PLAIN_BYTES
    assert len(read_push(raw, "").items) == 1000

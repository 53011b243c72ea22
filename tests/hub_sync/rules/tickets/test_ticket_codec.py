"""The codec against the specification's vectors, and against whatever else may be held up to a camera."""

import base64
import json
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from hub_sync.rules.tickets.ticket_codec import (
    TicketPayload,
    TicketRejection,
    TicketRejectionKind,
    has_valid_checksum,
    is_ticket_shaped,
    open_ticket,
    seal_ticket,
)
from hub_sync.rules.tickets.ticket_keys import KeyRing, TicketKey

DOCUMENT = json.loads(
    (Path(__file__).parents[3] / "data" / "ticket-v1-vectors.json").read_text(encoding="utf-8")
)
KEY = TicketKey("spec", bytes.fromhex(DOCUMENT["key_hex"]))
RING = KeyRing([KEY])
TICKET = TicketPayload(pid="p", tid="t", eid="e", iat=1)


def sealed(plain: bytes) -> str:
    iv = b"\x00" * 12
    rest = iv + AESGCM(KEY.material).encrypt(iv, plain, None)
    return base64.urlsafe_b64encode(struct.pack(">I", zlib.crc32(rest)) + rest).rstrip(b"=").decode()


@pytest.mark.parametrize("vector", DOCUMENT["valid"], ids=lambda vector: vector["payload"]["pid"])
def test_valid_vector_opens(vector: dict[str, object]) -> None:
    assert open_ticket(str(vector["code"]), RING) == TicketPayload(**vector["payload"])  # type: ignore[arg-type]


@pytest.mark.parametrize("vector", DOCUMENT["invalid"], ids=lambda vector: vector["why"])
def test_invalid_vector_is_refused_with_its_kind(vector: dict[str, str]) -> None:
    refused = open_ticket(vector["code"], RING)
    assert isinstance(refused, TicketRejection)
    assert refused.kind == vector["kind"]
    assert refused.message


ids = st.text(min_size=1, max_size=64).filter(str.isprintable)


@given(ids, ids, st.integers(0, 2**40))
def test_what_is_sealed_opens_again(pid: str, tid: str, iat: int) -> None:
    ticket = TicketPayload(pid=pid, tid=tid, eid="event", iat=iat)
    assert open_ticket(seal_ticket(ticket, KEY), RING) == ticket


@given(st.text(max_size=400) | st.text(alphabet="ABCxyz019-_=", min_size=40, max_size=5000))
def test_no_text_raises(text: str) -> None:
    assert isinstance(open_ticket(text, RING), TicketRejection)


@given(st.binary(max_size=300))
def test_no_sealed_bytes_raise(plain: bytes) -> None:
    assert isinstance(open_ticket(sealed(plain), RING), TicketRejection)


@pytest.mark.parametrize(
    "members",
    [
        '{"pid":"p","tid":"t","eid":"e","iat":true,"v":1}',
        '{"pid":"p","tid":"t","eid":"e","iat":-1,"v":1}',
        '{"pid":"p","tid":"t","eid":"e","iat":1.5,"v":1}',
        '{"pid":"p","tid":"t","eid":"e","iat":NaN,"v":1}',
        '{"pid":"p","tid":"t","eid":"e","iat":1}',
        '{"pid":"p","tid":"t","eid":"e","iat":1,"v":true}',
        '{"pid":"p","tid":null,"eid":"e","iat":1,"v":1}',
        "[" * 3000,
        '{"pid":"\\ud800","tid":"t","eid":"e","iat":1,"v":1}',
        '{"pid":"\\u0000","tid":"t","eid":"e","iat":1,"v":1}',
        '{"pid":"' + "p" * 65 + '","tid":"t","eid":"e","iat":1,"v":1}',
    ],
)
def test_genuine_seal_around_nonsense_is_malformed(members: str) -> None:
    refused = open_ticket(sealed(members.encode()), RING)
    assert isinstance(refused, TicketRejection)
    assert refused.kind is TicketRejectionKind.MALFORMED


@pytest.mark.parametrize(
    "change",
    [
        lambda c: f"  {c}\r\n",
        lambda c: c[:60] + "\n" + c[60:],
        lambda c: c + "==",
        lambda c: f"\ufeff{c}",
        lambda c: f"\x02{c}\x03",
        lambda c: f"{c[:60]}\u200b{c[60:]}",
    ],
)
def test_tickets_survive_transport(change: Callable[[str], str]) -> None:
    assert open_ticket(change(seal_ticket(TICKET, KEY)), RING) == TICKET


def test_a_checksum_shows_that_a_code_was_read_as_it_was_printed_whoever_sealed_it() -> None:
    assert has_valid_checksum(seal_ticket(TICKET, TicketKey("other", bytes(32))))
    assert not has_valid_checksum(seal_ticket(TICKET, KEY)[:-1])
    assert not has_valid_checksum("https://festival.example/line-up")


def test_damaged_and_forged_codes_have_the_form_of_a_ticket_and_a_web_address_has_not() -> None:
    code = seal_ticket(TICKET, KEY)
    assert is_ticket_shaped(code[:-1])
    assert is_ticket_shaped(code)
    assert not is_ticket_shaped("https://festival.example/line-up")


@pytest.mark.parametrize(
    "spoil", [lambda c: c[:-1], lambda c: c + "A", lambda c: c[1:], lambda c: c[:-1] + "_"]
)
def test_cut_or_lengthened_code_is_damaged(spoil: Callable[[str], str]) -> None:
    refused = open_ticket(spoil(DOCUMENT["valid"][3]["code"]), RING)
    assert isinstance(refused, TicketRejection)
    assert refused.kind is TicketRejectionKind.DAMAGED


def test_two_codes_of_one_ticket_differ() -> None:
    assert seal_ticket(TICKET, KEY) != seal_ticket(TICKET, KEY)

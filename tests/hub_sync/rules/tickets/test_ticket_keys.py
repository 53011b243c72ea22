"""Ticket keys: the ring of a tenant, keys from the environment, and what of a key may be printed."""

import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from hub_sync.contract.enums import TicketAlgorithm
from hub_sync.rules.tickets.ticket_codec import (
    TicketPayload,
    TicketRejection,
    TicketRejectionKind,
    open_ticket,
    seal_ticket,
)
from hub_sync.rules.tickets.ticket_keys import (
    EndedKey,
    KeyRing,
    TicketKey,
    key_from_environment,
    parse_key,
)

DOCUMENT = json.loads(
    (Path(__file__).parents[3] / "data" / "ticket-v1-vectors.json").read_text(encoding="utf-8")
)
KEY = TicketKey("spec", bytes.fromhex(DOCUMENT["key_hex"]))
TICKET = TicketPayload(pid="p", tid="t", eid="e", iat=1)


def test_newest_good_key_seals_and_any_good_one_opens() -> None:
    now = datetime(2026, 6, 1, tzinfo=UTC)
    old = TicketKey("old", b"o" * 32, now - timedelta(days=9), now + timedelta(days=1))
    new = TicketKey("new", b"n" * 32, now - timedelta(days=1))
    coming = TicketKey("coming", b"c" * 32, now + timedelta(days=1))
    ring = KeyRing([old, new, coming])
    assert len(ring) == 3
    assert ring.sealing_key(now) is new
    by_old = seal_ticket(TICKET, old)
    assert open_ticket(by_old, ring, now) == TICKET
    after = open_ticket(by_old, ring, now + timedelta(days=2))
    assert isinstance(after, TicketRejection)
    assert after.kind is TicketRejectionKind.OUTDATED
    assert after.is_of_ended_key
    assert open_ticket(by_old, ring) == TICKET, "with no clock to trust, age is not what refuses"


def test_without_the_ended_keys_material_a_seal_that_no_key_opens_may_be_old() -> None:
    """A sealed ticket names no key, so the station can't tell a forgery from an old ticket."""
    ended, signing = EndedKey.of(KEY), EndedKey("old", TicketAlgorithm.SIGNED, b"abcd")
    for known, kind in (((ended,), TicketRejectionKind.OUTDATED), ((signing,), TicketRejectionKind.FORGED)):
        refused = open_ticket(seal_ticket(TICKET, KEY), KeyRing([TicketKey("new", b"n" * 32)], known))
        assert isinstance(refused, TicketRejection)
        assert refused.kind is kind
        assert not refused.is_of_ended_key, "it may be a forgery"


def test_ring_with_no_good_key_cannot_seal() -> None:
    with pytest.raises(LookupError):
        KeyRing([]).sealing_key(datetime(2026, 1, 1, tzinfo=UTC))


def test_key_comes_from_its_variable_before_the_session_secret() -> None:
    key, derived = key_from_environment(DOCUMENT["key_hex"], "secret")
    assert (key.material, derived) == (KEY.material, False)


def test_key_is_derived_from_the_session_secret_by_sha256() -> None:
    key, derived = key_from_environment("", "secret")
    assert (key.material, derived) == (sha256(b"secret").digest(), True)


def test_no_key_at_all_is_an_error() -> None:
    with pytest.raises(ValueError, match="neither"):
        key_from_environment("", "")


@pytest.mark.parametrize("text", ["", "zz" * 32, "ab" * 31, "ab" * 33])
def test_key_that_is_not_32_bytes_of_hex_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="64 hex"):
        parse_key(text)


def test_short_key_material_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        KeyRing.from_material(b"short")


def test_key_never_shows_its_material() -> None:
    assert DOCUMENT["key_hex"] not in repr(KEY)
    assert "spec" in repr(KEY)

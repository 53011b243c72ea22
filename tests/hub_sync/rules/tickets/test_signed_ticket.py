"""Signed tickets: the vectors, what a station can't do, altered codes, conditions, and arbitrary texts."""

import json
import secrets
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_sync.rules.tickets.signed_ticket import (
    PREFIX,
    UnfitTicketPayload,
    is_signed_ticket,
    open_signed_ticket,
    sign_ticket,
)
from hub_sync.rules.tickets.ticket_codec import (
    TicketPayload,
    TicketRejection,
    TicketRejectionKind,
    has_valid_checksum,
    is_ticket_shaped,
    issue_ticket,
    open_ticket,
    seal_ticket,
)
from hub_sync.rules.tickets.ticket_keys import EndedKey, KeyRing, SignatureKey, TicketKey

DOCUMENT: dict[str, Any] = json.loads(
    (Path(__file__).parents[3] / "data" / "ticket-v2-vectors.json").read_text()
)
KEY = SignatureKey.from_seed("spec", bytes.fromhex(DOCUMENT["seed_hex"]), DOCUMENT["tenant_id"])
PUBLIC = SignatureKey("spec", KEY.public, KEY.tenant_id)
RING = KeyRing([PUBLIC])
TICKET = TicketPayload(
    "0199e6d1-5c8e-7b7c-9a51-3d7f0f5b1c11",
    KEY.tenant_id,
    "0199e6d0-11aa-7d30-8b0a-aa5577cc9912",
    1_764_400_000,
    v=2,
    category="VIP",
)
NOW = datetime(2026, 6, 12, 9, tzinfo=UTC)


def kind_of(code: str, ring: KeyRing = RING, at: datetime | None = None) -> TicketRejectionKind:
    opened = open_ticket(code, ring, at)
    assert isinstance(opened, TicketRejection)
    return opened.kind


@pytest.mark.parametrize("vector", DOCUMENT["valid"], ids=lambda vector: vector["name"])
def test_vectors_are_issued_and_opened(vector: dict[str, Any]) -> None:
    payload = TicketPayload(**vector["payload"])
    assert open_ticket(vector["code"], RING) == payload
    assert sign_ticket(payload, KEY) == vector["code"]


@pytest.mark.parametrize("vector", DOCUMENT["invalid"], ids=lambda vector: vector["name"])
def test_invalid_vectors_are_refused_for_their_reason(vector: dict[str, Any]) -> None:
    assert kind_of(vector["code"]) == vector["kind"]


def test_a_station_holds_nothing_that_signs() -> None:
    code = sign_ticket(TICKET, KEY)
    assert open_ticket(code, RING) == TICKET
    assert PUBLIC.seed is None
    with pytest.raises(LookupError):
        sign_ticket(TICKET, PUBLIC)
    with pytest.raises(LookupError):
        issue_ticket(TICKET, RING, NOW)


def test_caps_lock_and_lower_case_read_the_same_ticket() -> None:
    assert open_ticket(sign_ticket(TICKET, KEY).lower(), RING) == TICKET


@pytest.mark.parametrize("noise", ["  {} ", "\ufeff{}\r\n", "{}\u200b"])
def test_noise_of_transport_is_dropped(noise: str) -> None:
    assert open_ticket(noise.format(sign_ticket(TICKET, KEY)), RING) == TICKET


def test_another_key_of_the_same_tenant_is_a_forgery() -> None:
    forger = SignatureKey.from_seed("forger", bytes(32), KEY.tenant_id)
    assert kind_of(sign_ticket(TICKET, forger)) is TicketRejectionKind.FORGED


def test_a_key_that_names_another_tenant_is_a_forgery() -> None:
    other = SignatureKey("spec", KEY.public, "another tenant")
    assert kind_of(sign_ticket(TICKET, KEY), KeyRing([other])) is TicketRejectionKind.FORGED


def test_a_key_opens_in_its_time_only_and_at_any_time_where_the_clock_is_unsure() -> None:
    ring = KeyRing([replace(PUBLIC, not_before=NOW, not_after=NOW + timedelta(days=1))])
    code = sign_ticket(TICKET, KEY)
    assert open_ticket(code, ring, NOW) == TICKET
    assert open_ticket(code, ring, None) == TICKET
    assert kind_of(code, ring, NOW - timedelta(seconds=1)) is TicketRejectionKind.FORGED
    assert kind_of(code, ring, NOW + timedelta(days=1)) is TicketRejectionKind.OUTDATED


def test_a_ticket_that_names_an_ended_key_is_outdated_and_any_other_a_forgery() -> None:
    ring = KeyRing([replace(PUBLIC, public=bytes(32))], [EndedKey.of(PUBLIC)])
    assert kind_of(sign_ticket(TICKET, KEY), ring, NOW) is TicketRejectionKind.OUTDATED
    rejection = open_ticket(sign_ticket(TICKET, KEY), ring, NOW)
    assert isinstance(rejection, TicketRejection)
    assert rejection.is_of_ended_key
    forger = SignatureKey.from_seed("forger", bytes(32), KEY.tenant_id)
    assert kind_of(sign_ticket(TICKET, forger), ring, NOW) is TicketRejectionKind.FORGED
    altered = replace(KEY, not_after=NOW, public=KEY.public)
    assert kind_of(sign_ticket(TICKET, KEY), KeyRing([altered]), NOW) is TicketRejectionKind.OUTDATED


@given(place=st.integers(min_value=0), bit=st.integers(0, 7))
def test_each_changed_bit_is_noticed(place: int, bit: int) -> None:
    code = sign_ticket(TICKET, KEY)
    characters = list(code)
    at = place % len(characters)
    characters[at] = chr(ord(characters[at]) ^ 1 << bit)
    changed = "".join(characters)
    if changed.upper() != code:
        assert isinstance(open_ticket(changed, RING), TicketRejection)


def test_a_code_that_was_not_read_whole_is_damaged() -> None:
    code = sign_ticket(TICKET, KEY)
    assert kind_of(code[:-5]) is TicketRejectionKind.DAMAGED
    assert is_ticket_shaped(code[:-5])
    assert not has_valid_checksum(code[:-5])
    assert has_valid_checksum(code)


@pytest.mark.parametrize(
    "payload",
    [
        replace(TICKET, pid=""),
        replace(TICKET, pid="x" * 65),
        replace(TICKET, eid="a\nb"),
        replace(TICKET, pid="\U0001f600" * 64),
        replace(TICKET, tid="another"),
        replace(TICKET, iat=-1),
        replace(TICKET, iat=2**32),
        replace(TICKET, not_after=2**32),
        replace(TICKET, not_before=5, not_after=5),
        replace(TICKET, category="x" * 256),
    ],
)
def test_what_does_not_fit_is_refused_before_it_is_signed(payload: TicketPayload) -> None:
    with pytest.raises(UnfitTicketPayload):
        sign_ticket(payload, KEY)


printable = st.text(st.characters(min_codepoint=33, max_codepoint=0x2FF), min_size=1, max_size=64).filter(
    str.isprintable
)
times = st.integers(0, 2**32 - 2)


@given(
    pid=printable | st.uuids().map(str),
    eid=printable | st.uuids().map(str),
    iat=times,
    not_before=st.none() | times,
    lasts=st.none() | st.integers(1, 10**6),
    category=st.text(st.characters(codec="utf-8"), max_size=60),
)
def test_every_payload_comes_back(
    pid: str, eid: str, iat: int, not_before: int | None, lasts: int | None, category: str
) -> None:
    not_after = None if lasts is None else min((not_before or 0) + lasts, 2**32 - 1)
    payload = TicketPayload(pid, KEY.tenant_id, eid, iat, 2, category, not_before, not_after)
    try:
        code = sign_ticket(payload, KEY)
    except UnfitTicketPayload:
        assert len(category.encode()) > 255 or len(pid.encode()) > 255 or len(eid.encode()) > 255
        return
    assert open_ticket(code, RING) == payload


@given(
    st.text(max_size=80)
    | st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", max_size=250).map(lambda rest: PREFIX + rest)
)
def test_any_text_is_a_ticket_or_none(text: str) -> None:
    assert open_signed_ticket(text, RING, None) is None
    assert not is_signed_ticket(text)
    assert isinstance(open_ticket(text, RING), TicketRejection)


def test_a_ticket_is_issued_in_its_version() -> None:
    ring = KeyRing([TicketKey("aes", bytes(32)), KEY])
    v1 = TicketPayload("p", KEY.tenant_id, "e", 1)
    assert issue_ticket(replace(v1, v=2), ring, NOW).startswith(PREFIX)
    assert open_ticket(issue_ticket(v1, ring, NOW), ring) == v1


def test_version_1_is_never_sealed_without_its_conditions() -> None:
    for payload in (TICKET, replace(TICKET, v=1), replace(TICKET, v=1, category="", not_after=9)):
        with pytest.raises(ValueError, match="neither category nor validity"):
            seal_ticket(payload, TicketKey("aes", secrets.token_bytes(32)))


def test_a_code_is_smaller_than_one_of_version_1() -> None:
    sealed = seal_ticket(
        TicketPayload(TICKET.pid, TICKET.tid, TICKET.eid, TICKET.iat), TicketKey("aes", bytes(32))
    )
    assert len(sign_ticket(TICKET, KEY)) < 0.8 * len(sealed)

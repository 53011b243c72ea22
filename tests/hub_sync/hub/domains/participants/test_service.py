"""Participants: registration codes, status, deletion, imports, and the rows for stations."""

import pytest
from sqlalchemy import text

from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.errors import (
    ParticipantNotFound,
    RegistrationCodeTaken,
    RegistrationCodeUnusable,
)
from hub_sync.hub.domains.participants.registration import new_code
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.rules.text_normalization import normalize_code
from tests.hub_sync.hub.conftest import Seeded

New = participants.NewParticipant


def test_a_participant_without_a_code_gets_one_that_is_found_as_typed(
    hub: HubContext, seeded: Seeded
) -> None:
    key = (seeded.tenant_id, seeded.event_id)
    with hub.uow.begin() as work:
        participant = participants.create(work, *key, New(first_name="Ada"))
    with hub.uow.read() as work:
        typed = f" {participant.registration_code.lower().replace('-', ' ')} "
        assert participants.get_by_code(work, *key, typed).id == participant.id
        with pytest.raises(ParticipantNotFound):
            participants.get_by_code(work, *key, participant.id)


def test_codes_that_read_the_same_are_the_same(hub: HubContext, seeded: Seeded) -> None:
    key = (seeded.tenant_id, seeded.event_id)
    with hub.uow.begin() as work:
        participants.create(work, *key, New(registration_code="REG-0O1L"))
        with pytest.raises(RegistrationCodeTaken):
            participants.create(work, *key, New(registration_code="reg 00 11"))
        with pytest.raises(RegistrationCodeUnusable):
            participants.create(work, *key, New(registration_code="-–-"))


@pytest.mark.parametrize("typed", ["Ö-1234", "A-1234", "REG"])
def test_a_code_that_nobody_has_finds_nobody(hub: HubContext, seeded: Seeded, typed: str) -> None:
    key = FeedKey(seeded.tenant_id, seeded.event_id)
    with hub.uow.begin() as work:
        ids = [
            participants.create(work, *key, New(registration_code=code)).id for code in ("Ä-1234", "REG-٠٠١٢")
        ]
    with hub.uow.read() as work:
        with pytest.raises(ParticipantNotFound):
            participants.get_by_code(work, *key, typed)
        assert participants.find_person_by_code(work.session, key, typed) is None
        assert participants.find_exact(work, *key, typed) == []
        assert [participants.get_by_code(work, *key, code).id for code in ("ä1234", "reg 0012")] == ids


@pytest.mark.parametrize("alike", ["REG-٠٠١٢", "reg oo12", "REG-0o1\u200b2", "ＲＥＧ-ool2"])
def test_codes_that_read_alike_are_refused_wherever_codes_are_set(
    hub: HubContext, seeded: Seeded, alike: str
) -> None:
    key = (seeded.tenant_id, seeded.event_id)
    with hub.uow.begin() as work:
        participants.create(work, *key, New(registration_code="REG-0012"))
        other = participants.create(work, *key, New(registration_code="REG-0013"))
        with pytest.raises(RegistrationCodeTaken):
            participants.create(work, *key, New(registration_code=alike))
        with pytest.raises(RegistrationCodeTaken):
            participants.create_many(work, *key, [New(registration_code=alike)])
        with pytest.raises(RegistrationCodeTaken):
            participants.update(
                work, *key, other.id, participants.ParticipantChanges(registration_code=alike)
            )


@pytest.mark.parametrize("code", ["A-1", "٠١٢", "---", "e\u0301e\u0301e\u0301", "\ufdfa" * 8])
@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_code_needs_four_letters_or_digits_and_must_be_storable(
    hub: HubContext, seeded: Seeded, code: str
) -> None:
    key = (seeded.tenant_id, seeded.event_id)
    with hub.uow.begin() as work:
        there = participants.create(work, *key, New())
        with pytest.raises(RegistrationCodeUnusable):
            participants.create(work, *key, New(registration_code=code))
        with pytest.raises(RegistrationCodeUnusable):
            participants.create_many(work, *key, [New(registration_code=code)])
        changes = participants.ParticipantChanges(registration_code=code)
        with pytest.raises(RegistrationCodeUnusable):
            participants.update(work, *key, there.id, changes)


def test_a_generated_code_has_a_letter_and_a_digit_and_nothing_to_confuse() -> None:
    codes = [new_code() for _ in range(2_000)]
    assert all(any(map(str.isdigit, code)) and any(map(str.isalpha, code)) for code in codes)
    assert {normalize_code(code) for code in codes} == {code.replace("-", "").lower() for code in codes}


def test_many_are_registered_all_or_none(hub: HubContext, seeded: Seeded) -> None:
    key = (seeded.tenant_id, seeded.event_id)
    with hub.uow.begin() as work:
        ids = participants.create_many(
            work, *key, (New(id=f"cuid-{n:05}", extra={"n": n}) for n in range(12_000))
        )
    assert ids == [f"cuid-{n:05}" for n in range(12_000)]
    with hub.uow.begin() as work:
        assert participants.get(work, *key, "cuid-00007").extra == {"n": 7}
        with pytest.raises(RegistrationCodeTaken):
            participants.create_many(
                work, *key, [New(registration_code="A234"), New(registration_code="a-234")]
            )
        participants.create(work, *key, New(registration_code="B234"))
        with pytest.raises(RegistrationCodeTaken):
            participants.create_many(
                work, *key, [New(registration_code="C234"), New(registration_code="B234")]
            )
        assert participants.create_many(work, *key, []) == []
        assert participants.count(work, *key) == 12_001
    with hub.uow.read() as work:
        imported = work.session.execute(
            text("SELECT count(*) FROM domain_events WHERE type = 'ParticipantsImported'")
        )
        assert imported.scalar() == 1


def test_participants_of_another_event_are_not_found(hub: HubContext, seeded: Seeded) -> None:
    with hub.uow.begin() as work:
        participant = participants.create(work, seeded.tenant_id, seeded.event_id, New())
        with pytest.raises(ParticipantNotFound):
            participants.get(work, seeded.tenant_id, "another", participant.id)

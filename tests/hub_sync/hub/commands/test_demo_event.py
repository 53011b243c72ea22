"""The demo's people: many languages, mostly approved, and the same every time."""

import unicodedata
from collections import Counter

from hub_sync.contract.enums import CheckpointDirection, CheckpointType, ParticipantStatus
from hub_sync.rules.text_normalization import normalize_code
from resources.demo import demo_event


def test_a_seed_decides_who_is_who() -> None:
    assert demo_event(3).participants == demo_event(3).participants
    assert demo_event(3).participants != demo_event(4).participants
    assert demo_event(3, participants=10).participants == demo_event(3).participants[:10]


def test_two_thousand_people_with_codes_of_their_own() -> None:
    people = demo_event().participants
    assert len(people) == len({normalize_code(item.registration_code) for item in people}) == 2000
    statuses = Counter(ParticipantStatus(person.status) for person in people)
    assert statuses[ParticipantStatus.APPROVED] > 1800
    assert min(statuses[status] for status in ParticipantStatus) >= 5
    assert len({entry.category for entry in people}) >= 5


def test_names_are_of_many_scripts() -> None:
    letters = {
        letter
        for participant in demo_event().participants
        for letter in participant.first_name + participant.last_name
    }
    scripts = {unicodedata.name(letter, "?").split()[0] for letter in letters if letter.isalpha()}
    assert {
        "LATIN",
        "ARABIC",
        "HEBREW",
        "CJK",
        "HANGUL",
        "CYRILLIC",
        "GREEK",
        "DEVANAGARI",
        "THAI",
    } <= scripts
    assert {"ß", "é", "ñ", "ø"} & letters


def test_its_checkpoints_are_what_the_contract_knows() -> None:
    event = demo_event()
    assert [point.name for point in event.checkpoints] == ["Main gate", "VIP lounge", "Exit"]
    for point in event.checkpoints:
        CheckpointType(point.type)
        CheckpointDirection(point.direction)
    assert event.zones["Hall A"] == 5000

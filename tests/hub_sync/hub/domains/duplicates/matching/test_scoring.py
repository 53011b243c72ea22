"""What a person should look at, and what says so: the cases of the field page."""

from typing import Any

import pytest

from hub_sync.hub.domains.duplicates.matching.evidence import FieldVerdict, Frequencies, compare_words
from hub_sync.hub.domains.duplicates.matching.pairs import find_pairs
from hub_sync.hub.domains.duplicates.matching.person_features import (
    PersonFeatures,
    birth_date,
    data_hash,
    features_of,
)
from hub_sync.hub.domains.duplicates.matching.scoring import REVIEW_THRESHOLD, Score, score_pair
from tests.support.builders.planted_duplicates import planted_people, true_pairs

EVENT = Frequencies(people=400)


def person(name: str = "", **fields: Any) -> PersonFeatures:
    first, _, family = name.rpartition(" ")
    names = {"first_name": first or family, "last_name": family if first else ""}
    if "last" in fields:
        names = {"first_name": name, "last_name": fields.pop("last")}
    return features_of({"id": name, **names, **fields}, "DE")


def score(left: PersonFeatures, other: PersonFeatures) -> Score:
    return score_pair(left, other, EVENT)


def verdicts(left: PersonFeatures, other: PersonFeatures) -> dict[str, str]:
    return {name: evidence.verdict.value for name, evidence in score(left, other).fields.items()}


def test_empty_fields_add_nothing() -> None:
    nobody = person()
    result = score(nobody, nobody)
    assert score(person("Maria"), person("Maria")).probability < 0.1
    assert {evidence.verdict for evidence in result.fields.values()} == {FieldVerdict.MISSING}
    assert sum(evidence.bits for evidence in result.fields.values()) == 0
    assert result.probability < 0.01


def test_a_given_name_alone_is_not_everybody_who_has_it() -> None:
    assert score(person("Maria"), person("Maria Schmidt")).probability < 0.1


def test_twins_at_one_address_are_shown_and_never_sure() -> None:
    home = {"email": "schmidt@example.org", "phone": "+49 30 1234567"}
    result = score(person("Anna Schmidt", **home), person("Hanna Schmidt", **home))
    assert REVIEW_THRESHOLD <= result.probability < 0.9
    assert result.may_be_household
    assert result.explanation["may_be_household"] is True


def test_a_family_that_shares_address_and_phone_is_not_one_person() -> None:
    home: dict[str, Any] = {
        "email": "schmidt@example.org",
        "phone": "+49 30 1234567",
        "extra": {"birth_date": "1980-02-07"},
    }
    for other in ("Peter Schmidt", "Jonas Schmidt", "Hannelore Schmidt"):
        assert score(person("Anna Schmidt", **home), person(other, **home)).probability < 0.2, other


def test_a_mistyped_given_name_and_another_family_name_at_one_address_are_shown() -> None:
    mail = {"email": "jonas.quandt@example.org"}
    assert score(person("Jonas Quandt", **mail), person("Jnoas Thal", **mail)).probability > REVIEW_THRESHOLD
    assert score(person("Jonas Quandt", **mail), person("Klara Thal", **mail)).probability < 0.2


def test_the_same_date_of_birth_counts_little_and_another_one_much() -> None:
    born: dict[str, Any] = {"extra": {"birth_date": "1980-02-07"}}
    assert score(person("Jonas Berg", **born), person("Klara Thal", **born)).probability < 0.01
    mail = {"email": "jo@example.org"}
    other: dict[str, Any] = {"extra": {"birth_date": "1951-11-30"}}
    alike = score(person("Jonas Berg", **mail, **born), person("Jonas Berg", **mail, **other))
    assert alike.probability < score(person("Jonas Berg", **mail), person("Jonas Berg", **mail)).probability
    assert alike.fields["birth_date"].bits < -5


@pytest.mark.parametrize(
    ("left", "other", "expected"),
    [
        ("jon", "john", {FieldVerdict.NEAR, FieldVerdict.VARIANT}),
        ("ann", "anne", {FieldVerdict.NEAR, FieldVerdict.VARIANT}),
        ("catherine", "catehrine", {FieldVerdict.NEAR}),
        ("bill", "william", {FieldVerdict.VARIANT}),
        ("mariya", "maria", {FieldVerdict.VARIANT}),
        ("joe", "joseph", {FieldVerdict.VARIANT, FieldVerdict.DIFFERENT}),
        ("li", "lu", {FieldVerdict.DIFFERENT}),
        ("maria", "omar", {FieldVerdict.DIFFERENT}),
        ("j", "jonas", {FieldVerdict.INITIAL}),
        ("k", "jonas", {FieldVerdict.DIFFERENT}),
        ("محمد", "mohammed", {FieldVerdict.SOUNDS_ALIKE}),
        ("محمد", "muhammad", {FieldVerdict.SOUNDS_ALIKE}),
        ("علي", "ali", {FieldVerdict.SOUNDS_ALIKE}),
        ("عايشه", "aisha", {FieldVerdict.SOUNDS_ALIKE}),
        ("فاطمه", "mohammed", {FieldVerdict.DIFFERENT}),
        ("h", "هدي", {FieldVerdict.INITIAL}),
    ],
)
def test_words_of_names_are_near_or_not(left: str, other: str, expected: set[FieldVerdict]) -> None:
    assert compare_words(left, other, is_given=True) in expected
    assert compare_words(other, left, is_given=True) in expected


def test_li_wu_is_not_lu_wu() -> None:
    home = {"email": "wu@example.org"}
    assert score(person("Li Wu", **home), person("Lu Wu", **home)).probability < 0.2


def test_a_middle_name_left_out_is_mild_and_one_that_contradicts_is_hard() -> None:
    mail = {"email": "braun@example.org"}
    with_middle = person("Anna Luise Braun", **mail)
    assert score(with_middle, person("Anna Braun", **mail)).probability > 0.9
    assert score(with_middle, person("Anna L. Braun", **mail)).probability > 0.9
    assert score(with_middle, person("A. Braun", **mail)).probability > REVIEW_THRESHOLD
    contradicted = score(with_middle, person("Anna Maria Braun", **mail))
    assert contradicted.fields["first_name"].verdict is FieldVerdict.CONTRADICTS
    assert contradicted.probability < 0.2


def test_names_of_two_scripts_meet_by_their_consonants_and_the_explanation_says_so() -> None:
    arabic, latin = person("محمد", last="خوري"), person("Mohammed", last="Khoury")
    assert verdicts(arabic, latin)["first_name"] == "sounds_alike"
    assert score(arabic, latin).probability > REVIEW_THRESHOLD
    assert score(person("Иван", last="Кузнецов"), person("Ivan", last="Kuznetsov")).probability > 0.9


def test_swapped_names_and_a_whole_name_in_one_field_are_recognized() -> None:
    assert verdicts(person("Quandt", last="Jonas"), person("Jonas", last="Quandt"))["last_name"] == "swapped"
    assert (
        score(person("Quandt", last="Jonas"), person("Jonas", last="Quandt")).probability > REVIEW_THRESHOLD
    )
    assert verdicts(person("Jonas Quandt", last=""), person("Jonas", last="Quandt"))["last_name"] == "split"
    assert features_of({"first_name": "Quandt, Jonas"}).last == ("quandt",)


def test_one_mailbox_at_two_spellings_is_the_same() -> None:
    left = person("Jonas Quandt", email="jonas.quandt+x@googlemail.com", phone="0170 1234567")
    other = person("Jonas Quandt", email="JonasQuandt@gmail.com", phone="+49170/1234567")
    assert {verdicts(left, other)[name] for name in ("email", "phone")} == {"same"}
    near = person("Jonas Quandt", email="jonas.quant@gmail.com", phone="+49170/1234568")
    assert {verdicts(left, near)[name] for name in ("email", "phone")} == {"near"}
    numbered = verdicts(person(email="guest1@example.org"), person(email="guest2@example.org"))
    assert numbered["email"] == "different"


def test_a_rare_name_says_more_than_a_common_one() -> None:
    crowd = [person(f"Jonas Müller{'' if n else 'x'}") for n in range(300)] + [person("Jonas Quandt")]
    counted = Frequencies.count(crowd)
    rare = score_pair(person("Jonas Quandt"), person("Jonas Quandt"), counted)
    common = score_pair(person("Jonas Müller"), person("Jonas Müller"), counted)
    assert rare.probability > REVIEW_THRESHOLD > common.probability


def test_the_hash_changes_only_with_what_is_compared() -> None:
    ada, other = person("Ada Lovelace", email="ada@example.org"), person("Ada Lovelace")
    assert data_hash(ada, other) == data_hash(other, ada)
    assert data_hash(ada, other) == data_hash(person("Ada Lovelace", email="ADA@example.org"), other)
    assert data_hash(ada, other) != data_hash(person("Ada Lovelace", email="eve@example.org"), other)


def test_dates_of_birth_are_read_in_two_forms_and_nothing_else_is() -> None:
    assert birth_date({"Date of birth": "1980-2-7"}) == birth_date({"dob": "7.2.1980"}) == "1980-02-07"
    assert (
        birth_date({"dob": "31.2.1980"})
        == birth_date({"dob": 1980})
        == birth_date({"diet": "1.1.1980"})
        == ""
    )


def test_pairs_never_chain() -> None:
    """A~B and B~C say nothing of A and C."""
    people = [
        features_of({"id": "a", "first_name": "Jonas", "last_name": "Quandt", "email": "jq@example.org"}),
        features_of(
            {
                "id": "b",
                "first_name": "Jonas",
                "last_name": "Quandt",
                "email": "jq@example.org",
                "phone": "+49 30 999888777",
            }
        ),
        features_of({"id": "c", "first_name": "Jonas", "last_name": "Thal", "phone": "+49 30 999888777"}),
    ]
    assert [(pair.a_id, pair.b_id) for pair in find_pairs(people)] == [("a", "b"), ("b", "c")]


def test_planted_duplicates_are_found_and_little_else() -> None:
    people = planted_people(4_000, share=0.05)
    truth = true_pairs(people)
    detected = {
        (pair.a_id, pair.b_id) for pair in find_pairs([features_of(each.as_dict(), "DE") for each in people])
    }
    assert len(detected & truth) >= 0.95 * len(truth)
    assert len(detected & truth) >= 0.93 * len(detected)

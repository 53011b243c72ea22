"""A row of texts as a participant."""

import pytest

from hub_sync.hub.domains.imports.options import ImportOptions
from hub_sync.hub.domains.imports.participants.parsing import parse_row
from hub_sync.hub.kit.lists.xlsx_writer import LONGEST_TEXT

GERMAN = ImportOptions(phone_region="DE")


@pytest.fixture(autouse=True)
def switched_on() -> None:
    """Start no hub: these are pure tests."""


@pytest.mark.parametrize(
    ("texts", "causes"),
    [
        ({"last_name": "Ada", "phone": "030 5550123"}, []),
        ({"last_name": "Ada", "phone": "12"}, ["phone_unknown"]),
        ({"last_name": "Ada", "phone": "030 1"}, ["phone_unknown"]),
        ({"last_name": "Ada", "phone": "call me"}, ["phone_invalid"]),
        ({"phone": "12"}, ["nobody", "phone_unknown"]),
        ({"last_name": "Ada", "phone": "12", "email": "x"}, ["email_invalid", "phone_unknown"]),
    ],
)
def test_a_phone_number_has_one_problem_whatever_else_the_row_has(
    texts: dict[str, str], causes: list[str]
) -> None:
    row = parse_row(2, texts, GERMAN)
    assert [issue.cause.value for issue in row.issues] == causes


@pytest.mark.parametrize(
    ("texts", "is_total"),
    [
        ({"first_name": "Summe:", "last_name": "3"}, True),
        ({"first_name": "", "last_name": "Total: 1,204"}, True),
        ({"last_name": "\u0627\u0644\u0645\u062c\u0645\u0648\u0639"}, True),
        ({"last_name": "Total", "email": "total@example.org"}, False),
        ({"first_name": "Ada", "last_name": "Total"}, False),
        ({"last_name": "Summer"}, False),
    ],
)
def test_a_line_with_the_total_of_a_list_is_worth_a_look(texts: dict[str, str], is_total: bool) -> None:
    """`Summe:;3` below a list became a person named 3."""
    row = parse_row(9, texts, GERMAN)
    assert [issue.cause.value for issue in row.issues] == ["total_row"] * is_total
    assert not any(issue.is_error for issue in row.issues)


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "[1]",
        "{",
        '{"a":"\\u0000"}',
        '{"a":"\\ud800"}',
        '{"a":NaN}',
        "[" * 100_000,
        '{"a":' * 40 + "1" + "}" * 40,
    ],
)
def test_further_details_that_are_no_json_object_that_can_be_stored_are_refused(text: str) -> None:
    row = parse_row(2, {"last_name": "Ada", "extra": text, "extra:Diet": "none"}, GERMAN)
    assert [(issue.cause.value, issue.field) for issue in row.issues] == [("value_invalid", "extra")]


@pytest.mark.parametrize("words", ["x ", "\U0001f600 "])
def test_details_that_a_workbook_has_cut_say_so(words: str) -> None:
    details = '{"a":"' + words * 40_000
    text = details.encode("utf-16-le")[: 2 * LONGEST_TEXT].decode("utf-16-le", "ignore").rstrip()
    (issue,) = parse_row(2, {"last_name": "Ada", "extra": text}, GERMAN).issues
    assert (issue.cause.value, issue.parameters) == ("cut", {"limit": LONGEST_TEXT})


def test_details_of_one_column_add_to_those_of_an_export() -> None:
    row = parse_row(2, {"last_name": "Ada", "extra": '{"Diet":"x","n":7}', "extra:Diet": "none"}, GERMAN)
    assert (row.values["extra"], row.issues) == ({"Diet": "none", "n": 7}, [])

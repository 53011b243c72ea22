"""A row of texts as a participant."""

import pytest

from hub_sync.hub.domains.imports.options import ImportOptions
from hub_sync.hub.domains.imports.participants.parsing import parse_row

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

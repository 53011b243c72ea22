"""Values of filters: several with commas between, and commas in them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_sync.hub.kit.lists.filters import escape_value, split_values
from tests.support.rest_client import Rest

KEYNOTE = "Speaker, keynote"


@pytest.fixture
def people(rest: Rest) -> Rest:
    """Register participants of categories with and without commas, two of them without an address."""
    for name, category, email in (
        ("Ada", KEYNOTE, "ada@example.org"),
        ("Ben", "Speaker", "ben@example.org"),
        ("Cy", "C:\\x\\", None),
        ("Di", "", None),
    ):
        person = {"first_name": name, "category": category, "email": email}
        assert rest.post(rest.people, json=person).status_code == 201
    return rest


def names(rest: Rest, name: str, value: str) -> str:
    answer = rest.get(rest.people, params={name: value, "sort": "created_at"})
    assert answer.status_code == 200, answer.text
    return " ".join(person["first_name"] for person in answer.json()["data"])


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("filter[category]", "Speaker\\, keynote", "Ada"),
        ("filter[category]", "Speaker\\, keynote, Speaker", "Ada Ben"),
        ("filter[category][ne]", "Speaker\\, keynote", "Ben Cy Di"),
        ("filter[category][ne]", "Speaker\\, keynote,", "Ben Cy"),
        ("filter[category]", escape_value("C:\\x\\"), "Cy"),
        ("filter[category]", "C:\\x\\", "Cy"),
        ("filter[email][ne]", "ada@example.org", "Ben Cy Di"),
        ("filter[email][ne]", "ada@example.org,ben@example.org", "Cy Di"),
        ("filter[email]", "ada@example.org", "Ada"),
    ],
)
def test_a_comma_in_a_value_is_written_with_a_backslash(
    people: Rest, name: str, value: str, expected: str
) -> None:
    assert names(people, name, value) == expected


def test_the_description_says_how_a_comma_is_written(rest: Rest) -> None:
    listed = rest.client.get("/openapi.json").json()["paths"]["/api/v1/events/{event_id}/participants"]["get"]
    described = {each["name"]: each.get("description", "") for each in listed["parameters"]}
    assert "a comma in a value is `\\,`" in described["filter[category]"]
    assert "`\\,`" not in described["filter[status]"]


@given(st.lists(st.text(st.sampled_from("ab ,\\\n")), min_size=1))
def test_values_are_read_as_they_were_escaped(values: list[str]) -> None:
    assert split_values(",".join(map(escape_value, values))) == [value.strip() for value in values]

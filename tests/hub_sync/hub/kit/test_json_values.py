"""JSON text of the database comes back as the value that was stored."""

import math

import pytest
from pydantic import TypeAdapter, ValidationError

from hub_sync.hub.kit.json_values import MAX_BYTES, JsonObject, dump_json_text, load_json_text


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"a": [1, None, 0.1, "ä"]},
        {"n": 2**53 + 1},
        {"n": 2**64 - 1},
        {"n": 10**40},
        {"n": -(2**63) - 1},
        1e300,
    ],
)
def test_each_number_comes_back_as_it_was(value: object) -> None:
    text = dump_json_text(value)
    assert load_json_text(text) == value
    assert load_json_text(text.encode()) == value


def test_what_only_the_standard_library_writes_is_read() -> None:
    assert math.isnan(load_json_text('{"n": NaN}')["n"])


@pytest.mark.parametrize("character", ["a", "ä", "\x01", '"', "\U0001f600"])
def test_an_object_is_as_long_as_its_json(character: str) -> None:
    adapter: TypeAdapter[dict[str, object]] = TypeAdapter(JsonObject)
    each = len(dump_json_text({"n": character}).encode()) - len(b'{"n":""}')
    fitting = (MAX_BYTES - len(b'{"n":""}')) // each
    assert adapter.validate_python({"n": character * fitting})
    with pytest.raises(ValidationError, match="must not be longer"):
        adapter.validate_python({"n": character * (fitting + 1)})

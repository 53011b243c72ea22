import pytest

from hardware.inputs import InputAssignment, InputRole, InputSettings, InputSettingsError, parse_inputs


def test_inputs_are_named_with_role_number_level_and_time() -> None:
    settings = parse_inputs("passage=1, fire=4:open ,jam=3:closed:50,tamper=2:10", "modbus:/dev/ttyUSB1")
    assert settings.assignments == (
        InputAssignment(InputRole.PASSAGE, 1),
        InputAssignment(InputRole.FIRE, 4, active_open=True),
        InputAssignment(InputRole.JAM, 3, debounce_ms=50),
        InputAssignment(InputRole.TAMPER, 2, debounce_ms=10),
    )
    assert (settings.count, settings.board) == (4, "modbus:/dev/ttyUSB1")
    assert settings.has(InputRole.JAM)
    assert not settings.has(InputRole.REVERSE)
    assert parse_inputs(settings.text, settings.board) == settings


def test_an_empty_text_names_no_inputs() -> None:
    assert parse_inputs(" ") == InputSettings()
    assert parse_inputs("").count == 0


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("door=1", "door=1"),
        ("passage", "passage"),
        ("passage=0", "from 1 to 64"),
        ("passage=65", "from 1 to 64"),
        ("passage=1:ajar", "ajar"),
        ("passage=1:open:1001", "1000 milliseconds"),
        ("passage=1,passage=2", "role passage twice"),
        ("passage=1,jam=1", "input 1 twice"),
        ("passage=\u0661", "is no input"),
    ],
)
def test_a_wrong_text_is_refused_with_the_part_that_is_wrong(text: str, part: str) -> None:
    with pytest.raises(InputSettingsError, match=part):
        parse_inputs(text)

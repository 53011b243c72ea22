"""Scanners and people at one keyboard, key by key."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hardware.scanner import KeyAction, Keystroke, KeystrokeBurst, Ruling
from hardware.scanner.burst import AFTER_LETTER_MS, LATE_SUFFIX_MS


@dataclass
class Keyboard:
    """A keyboard whose keys go through the burst, with the waiting that the program does."""

    on_control: bool = False
    burst: KeystrokeBurst = field(default_factory=KeystrokeBurst)
    now: int = 1_000
    delivered: list[str] = field(default_factory=list)
    scans: list[str] = field(default_factory=list)
    _withheld: list[str] = field(default_factory=list)

    def type_text(self, text: str, gap: int) -> None:
        """Type a text with `gap` milliseconds before each key."""
        for character in text:
            self.pause(gap)
            self.press(character)

    def pause(self, milliseconds: int) -> None:
        """Press nothing for a time."""
        if self._withheld and milliseconds > self.burst.wait_ms:
            self._apply(self.burst.expire())
        self.now += milliseconds

    def press(self, character: str) -> None:
        """Press one key; `~` stands for a key that writes nothing, `^` for one that commands the program."""
        key = Keystroke(character)
        if character in "\n\t":
            ruling = self.burst.press_suffix(key, self.now, on_control=self.on_control)
        elif character == "~":
            ruling = self.burst.press_other(self.now)
        elif character == "^":
            ruling = self.burst.press_command(Keystroke(""), self.now)
        else:
            ruling = self.burst.press_character(key, self.now, on_control=self.on_control)
        self._apply(ruling)
        if ruling.key is KeyAction.HOLD:
            self._withheld.append(character)
        elif ruling.key is KeyAction.PASS:
            self.delivered.append(character)

    def _apply(self, ruling: Ruling) -> None:
        if ruling.deliver:
            self.delivered += self._withheld
        if ruling.scan:
            self.scans.append("".join(key.text for key in ruling.scan))
        if ruling.deliver or ruling.drop or ruling.scan:
            self._withheld = []

    @property
    def text(self) -> str:
        """The text that reached the field, once nothing is typed any more."""
        self.pause(1_000)
        return "".join(self.delivered)


@pytest.mark.parametrize("gap", [1, 5, 16, 30])
@pytest.mark.parametrize("suffix", ["\n", "\t", "", "\n\n"])
def test_a_scan_is_taken_whole_at_every_speed_with_every_suffix(gap: int, suffix: str) -> None:
    keyboard = Keyboard()
    keyboard.type_text("AbC-12_xyz890" + suffix, gap)
    assert keyboard.text == ""
    assert [scan.strip() for scan in keyboard.scans] == ["AbC-12_xyz890"]


def test_a_radio_scanner_may_pause_in_the_middle() -> None:
    keyboard = Keyboard()
    keyboard.type_text("AbCdEf", 10)
    keyboard.pause(150)
    keyboard.type_text("123456\n", 10)
    assert (keyboard.text, keyboard.scans) == ("", ["AbCdEf123456\n"])


def test_a_slow_but_steady_scanner_is_known_by_its_length() -> None:
    keyboard = Keyboard()
    keyboard.type_text("AbCdEf123456-xyz\n", 45)
    assert (keyboard.text, keyboard.scans) == ("", ["AbCdEf123456-xyz\n"])


def test_a_code_of_several_lines_is_one_scan() -> None:
    keyboard = Keyboard()
    keyboard.type_text("BEGIN:VCARD\nN:Ada\nEND:VCARD\n", 8)
    assert (keyboard.text, keyboard.scans) == ("", ["BEGIN:VCARD\nN:Ada\nEND:VCARD\n"])


@pytest.mark.parametrize("gap", [60, 90, 200])
def test_a_person_loses_no_letter(gap: int) -> None:
    keyboard = Keyboard()
    keyboard.type_text("Mueller, Ada\n", gap)
    assert (keyboard.text, keyboard.scans) == ("Mueller, Ada\n", [])


def test_two_keys_pressed_almost_together_are_a_persons() -> None:
    keyboard = Keyboard()
    for pair in ("th", "er", "e "):
        keyboard.pause(120)
        keyboard.type_text(pair, 12)
    assert (keyboard.text, keyboard.scans) == ("there ", [])


def test_a_key_that_is_held_down_is_no_scan() -> None:
    keyboard = Keyboard()
    keyboard.type_text("x" * 40, 30)
    assert (keyboard.text, keyboard.scans) == ("x" * 40, [])


def test_a_short_code_needs_its_suffix() -> None:
    keyboard = Keyboard()
    keyboard.type_text("A12\n", 10)
    assert (keyboard.text, keyboard.scans) == ("", ["A12\n"])


def test_a_late_suffix_presses_nothing_and_a_persons_enter_afterwards_does() -> None:
    keyboard = Keyboard()
    keyboard.type_text("AbCdEf123", 8)
    keyboard.pause(LATE_SUFFIX_MS - 50)
    keyboard.press("\n")
    assert (keyboard.scans, keyboard.text) == (["AbCdEf123"], "")
    keyboard.press("\n")
    assert keyboard.text == "\n"


def test_a_control_character_inside_a_scan_is_no_shortcut_and_alone_it_is() -> None:
    keyboard = Keyboard()
    keyboard.type_text("AbCdEf~123\n", 8)
    assert (keyboard.text, keyboard.scans) == ("", ["AbCdEf123\n"])
    keyboard.press("~")
    assert keyboard.text == "~"


def test_a_function_key_after_a_letter_comes_after_the_letter() -> None:
    keyboard = Keyboard()
    keyboard.type_text("a", 100)
    keyboard.press("~")
    assert keyboard.delivered == ["a", "~"]


def test_a_busy_program_that_takes_the_keys_late_still_tells_them_apart() -> None:
    keyboard = Keyboard()
    for character in "Kim Lee":  # no timer ran in between
        keyboard.now += 90
        keyboard.press(character)
    assert (keyboard.text, keyboard.scans) == ("Kim Lee", [])


def test_a_scanner_too_slow_to_be_known_presses_no_control() -> None:
    keyboard = Keyboard(on_control=True)
    keyboard.type_text("AbC 12 xyz\n", 110)
    assert keyboard.scans == []
    assert set(keyboard.text) & {" ", "\n"} == set()
    keyboard.pause(AFTER_LETTER_MS)
    keyboard.press("\n")
    assert keyboard.text.endswith("\n")


@pytest.mark.parametrize("gap", [45, 60, 110, 250])
def test_a_slow_scanner_presses_no_control_with_a_code_that_begins_with_a_space(gap: int) -> None:
    keyboard = Keyboard(on_control=True)
    keyboard.type_text("  REG0012\n", gap)
    assert set(keyboard.text) & {" ", "\n"} == set()


def test_a_space_before_a_quick_code_is_no_part_of_it_on_a_control() -> None:
    keyboard = Keyboard(on_control=True)
    keyboard.type_text(" AbC-12\n", 5)
    assert (keyboard.text, keyboard.scans) == ("", ["AbC-12\n"])


def test_a_persons_space_presses_a_control_if_no_letter_follows() -> None:
    keyboard = Keyboard(on_control=True)
    keyboard.press(" ")
    assert keyboard.delivered == []
    assert keyboard.text == " "


@pytest.mark.parametrize("prefix", ["\n", "\n\n", "^", "^\n", " \n", "^^"])
@pytest.mark.parametrize("gap", [5, 30, 60, 110])
def test_no_prefix_acts_on_a_control(prefix: str, gap: int) -> None:
    keyboard = Keyboard(on_control=True)
    keyboard.type_text(prefix + "AbC-12_xyz890\n", gap)
    assert set(keyboard.text) & {"\n", "^", " "} == set()


@pytest.mark.parametrize("prefix", ["\n", "^"])
def test_a_prefix_is_taken_with_the_scan_in_a_field(prefix: str) -> None:
    keyboard = Keyboard()
    keyboard.type_text(prefix + "AbC-12_xyz890\n", 5)
    assert keyboard.text == ""
    assert [scan.strip() for scan in keyboard.scans] == ["AbC-12_xyz890"]


@pytest.mark.parametrize("on_control", [False, True])
@pytest.mark.parametrize("key", ["\n", "^", "\n\n"])
def test_a_persons_enter_or_shortcut_acts_if_no_letter_follows(key: str, on_control: bool) -> None:
    keyboard = Keyboard(on_control=on_control)
    keyboard.type_text(key, 100)
    assert keyboard.delivered == []
    assert keyboard.text == key


def test_a_person_who_types_on_at_once_after_enter_in_a_field_loses_nothing() -> None:
    keyboard = Keyboard()
    keyboard.type_text("Kim", 90)
    keyboard.type_text("\n", 90)
    keyboard.type_text("Lee", 100)
    assert keyboard.text == "Kim\nLee"


def test_a_command_inside_a_code_does_not_end_it() -> None:
    keyboard = Keyboard()
    keyboard.type_text("Ab^C-12^_xyz890\n", 5)
    assert (keyboard.text, keyboard.scans) == ("", ["AbC-12_xyz890\n"])


@pytest.mark.parametrize("gap", [5, 60, 110])
def test_a_command_as_suffix_does_nothing_and_a_persons_later_does(gap: int) -> None:
    keyboard = Keyboard()
    keyboard.type_text("AbC-12_xyz890^", gap)
    assert "^" not in keyboard.text
    keyboard.type_text("abc", 90)
    keyboard.pause(200)
    keyboard.press("^")
    assert keyboard.text.endswith("abc^")


@pytest.mark.parametrize("suffix", ["\n", "^"])
@pytest.mark.parametrize("gap", [60, 110])
def test_spaces_at_the_end_of_a_slow_code_do_not_let_its_suffix_act(gap: int, suffix: str) -> None:
    keyboard = Keyboard(on_control=True)
    keyboard.type_text("AbC-12   " + suffix, gap)
    assert set(keyboard.text) & {"\n", "^", " "} == set()


def test_in_the_set_up_a_scanner_of_any_speed_is_taken() -> None:
    keyboard = Keyboard()
    keyboard.burst.patient = True
    keyboard.type_text("AbC-12_xyz890\n", 220)
    assert (keyboard.text, keyboard.scans) == ("", ["AbC-12_xyz890\n"])
    keyboard.burst.patient = False
    keyboard.type_text("AbC-12_xyz890", 220)
    assert keyboard.text == "AbC-12_xyz890"


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(st.sampled_from("abc xyz123\n\t~^"), st.integers(0, 400)), max_size=30),
    st.booleans(),
)
def test_every_key_is_delivered_once_in_order_or_belongs_to_one_scan(
    keys: list[tuple[str, int]], busy: bool
) -> None:
    keyboard = Keyboard()
    for character, gap in keys:
        if busy:
            keyboard.now += gap
        else:
            keyboard.pause(gap)
        keyboard.press(character)
    rest = iter(character for character, _ in keys)
    assert all(character in rest for character in keyboard.text), "an order that was not typed"
    typed = [character for character, _ in keys if character not in "\n\t~^"]
    taken = sorted(
        character for character in keyboard.text + "".join(keyboard.scans) if character not in "\n\t~^"
    )
    assert taken == sorted(typed)


def test_slow_keys_are_a_persons_though_the_program_was_too_busy_for_its_timer() -> None:
    keyboard = Keyboard()
    for character in "jean-baptiste lully":
        keyboard.now += 500  # no timer ran out meanwhile
        keyboard.press(character)
    assert keyboard.text == "jean-baptiste lully"
    assert keyboard.scans == []


def test_a_key_of_a_long_run_is_not_compared_with_all_before_it() -> None:
    """10,000 keys of a book on the keyboard froze the program for minutes."""

    class Counted(list[Keystroke]):
        looked_through = 0

        def __iter__(self) -> Iterator[Keystroke]:
            Counted.looked_through += 1
            return super().__iter__()

    burst = KeystrokeBurst()
    burst._keys = Counted()
    for number in range(1_000):
        burst.press_character(Keystroke("AB"[number % 2]), number)
    assert burst.is_scan
    assert Counted.looked_through == 0

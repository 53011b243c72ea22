"""Codes in a stream of characters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.scanner.framing import HALF_FRAME_MS, LONGEST, PAUSE_MS, Framer
from hardware.scanner.profile import Suffix


class ScannerPort:
    """A line with a framer at its end."""

    def __init__(self, suffix: Suffix = Suffix.ANY) -> None:
        self.framer, self.now, self.codes = Framer[str](suffix), 0, list[str]()

    def send(self, text: str, gap: int = 1) -> None:
        for character in text:
            self.now += gap
            self._take(self.framer.feed(character, character, self.now))

    def pause(self, milliseconds: int) -> None:
        self.now += milliseconds
        self._take(self.framer.expire(self.now))

    def _take(self, code: tuple[str, ...] | None) -> None:
        if code:
            self.codes.append("".join(code))


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n", "\t", "\x03", "\r\n\r\n"])
def test_every_suffix_ends_a_code_that_is_not_known_yet(end: str) -> None:
    line = ScannerPort()
    line.send(f"\x02abc{end}\x02def{end}")
    assert line.codes == ["abc", "def"]


def test_without_a_suffix_a_pause_ends_a_code_and_pieces_of_it_stay_together() -> None:
    line = ScannerPort()
    line.send("abc")
    line.pause(PAUSE_MS - 20)
    line.send("def")
    line.pause(PAUSE_MS)
    assert line.codes == ["abcdef"]
    line.send("xyz", gap=PAUSE_MS - 1)
    line.now += PAUSE_MS
    line.send("q")
    assert line.codes == ["abcdef", "xyz"]


def test_half_a_code_of_a_scanner_with_a_suffix_is_dropped_and_the_next_is_whole() -> None:
    line = ScannerPort()
    line.send("abc\r")
    line.send("de")
    line.pause(HALF_FRAME_MS)
    line.send("fgh\r")
    assert line.codes == ["abc", "fgh"]
    assert line.framer.dropped == 1
    line.send("ij\x02klm\r")
    assert line.codes[-1] == "klm", "a start of text in the midst begins anew"


def test_a_set_suffix_leaves_the_others_in_the_code() -> None:
    line = ScannerPort(Suffix.ETX)
    line.send("a\tb\r\nc\x03")
    assert line.codes == ["a\tb\r\nc"]
    line = ScannerPort(Suffix.NONE)
    line.send("a\rb")
    line.pause(PAUSE_MS)
    assert line.codes == ["a\rb"]


def test_a_flood_without_an_end_keeps_nothing_and_the_code_after_it_is_read() -> None:
    line = ScannerPort()
    line.send("x" * (LONGEST * 3))
    assert len(line.framer._items) <= LONGEST
    line.send("\rabc\r")
    assert line.codes == ["abc"]
    assert line.framer.dropped == 1


def test_a_clock_that_jumps_back_ends_a_code() -> None:
    line = ScannerPort()
    line.send("abc")
    line.now = -5_000
    line.pause(0)
    assert line.codes == ["abc"]


@given(
    st.lists(st.text(alphabet="abcXYZ09-_", min_size=1, max_size=40), max_size=8),
    st.sampled_from("\r\n\t\x03"),
)
def test_codes_come_out_as_they_went_in(codes: list[str], end: str) -> None:
    line = ScannerPort()
    line.send("".join(code + end for code in codes))
    assert line.codes == codes

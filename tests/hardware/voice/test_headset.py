"""The switches of audio jacks, as Linux shows them."""

from pathlib import Path

import pytest

from hardware.voice import find_headset


def make_jack(root: Path, name: str, switches: str) -> None:
    folder = root / name / "device" / "capabilities"
    folder.mkdir(parents=True)
    (folder / "sw").write_text(f"{switches}\n")


@pytest.mark.parametrize(("bits", "answer"), [(0b100, True), (0b010, False)])
def test_a_jack_that_senses_its_plug_tells_if_a_headset_is_there(
    tmp_path: Path, bits: int, answer: bool
) -> None:
    make_jack(tmp_path, "event3", "4")
    make_jack(tmp_path, "event4", "1")  # the lid of a laptop
    devices: list[Path] = []

    def read(device: Path) -> int:
        devices.append(device)
        return bits

    assert find_headset(tmp_path, Path("/dev/input"), read) is answer
    assert devices == [Path("/dev/input/event3")]


def test_without_such_a_jack_or_the_right_to_read_it_nobody_knows(tmp_path: Path) -> None:
    assert find_headset(tmp_path) is None
    make_jack(tmp_path, "event3", "4")

    def refuse(_: Path) -> int:
        raise PermissionError

    assert find_headset(tmp_path, Path("/dev/input"), refuse) is None

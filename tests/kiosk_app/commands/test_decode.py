"""`doorward-station decode`: once as a program, and in this process where no import of its own matters."""

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner, Result

from kiosk_app.commands.cli import app
from tests.hardware.codes.code_images import OTHER, TICKET, on_grey, qr
from tests.support.thorough import THOROUGH


def decode(*arguments: str, cwd: Path) -> Result:
    """Decode in this process: a Python that starts anew takes two seconds of CPU for its imports."""
    with contextlib.chdir(cwd):
        return CliRunner().invoke(app, ["decode", *arguments])


def lines(done: subprocess.CompletedProcess[str] | Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    cv2.imwrite(str(tmp_path / "ticket.png"), qr(TICKET))
    cv2.imwrite(str(tmp_path / "two.jpg"), on_grey(qr(TICKET, 4), qr(OTHER, 5)))
    cv2.imwrite(str(tmp_path / "none.webp"), np.full((480, 640), 120, np.uint8))
    cv2.imwrite(str(tmp_path / "large.jpg"), np.pad(qr(OTHER, 20), 1500, constant_values=200))
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / "empty.png").touch()
    return tmp_path


def test_one_json_line_a_picture_with_the_path_as_it_was_given(folder: Path) -> None:
    program = [sys.executable, "-c", "from kiosk_app.commands.cli import main; main()", "decode"]
    command = [*program, "./ticket.png", "two.jpg", "none.webp", str(folder / "large.jpg"), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)

    read = lines(done)
    assert done.returncode == 0
    assert done.stderr == ""
    assert [line["file"] for line in read] == [
        "./ticket.png",
        "two.jpg",
        "none.webp",
        str(folder / "large.jpg"),
    ]
    assert [sorted(line["texts"]) for line in read] == [[TICKET], sorted([TICKET, OTHER]), [], [OTHER]]
    assert all(line["ms"] > 0 and set(line) == {"file", "texts", "ms"} for line in read)


def test_what_cannot_be_read_has_its_line_and_the_others_are_still_read(folder: Path) -> None:
    done = decode("missing.png", "notes.txt", "empty.png", ".", "ticket.png", "--json", cwd=folder)

    read = lines(done)
    assert done.exit_code == 1
    assert "Traceback" not in done.stderr
    assert [line["texts"] for line in read] == [[], [], [], [], [TICKET]]
    assert [line.get("error") for line in read] == [
        "No such file or directory",
        "not a readable image",
        "the file is empty",
        "Is a directory",
        None,
    ]


def test_without_json_a_plain_line_each(folder: Path) -> None:
    done = decode("ticket.png", "none.webp", "missing.png", cwd=folder)

    assert done.exit_code == 1
    first, second = done.stdout.splitlines()
    assert first.startswith(f'ticket.png: "{TICKET}" (')
    assert second.startswith("none.webp: no code (")
    assert done.stderr == "missing.png: No such file or directory\n"


def test_without_a_picture_it_says_how_it_is_called(folder: Path) -> None:
    done = decode(cwd=folder)

    assert done.exit_code == 2
    assert "Missing argument 'IMAGE" in done.stderr


def broken_package(folder: Path, source: str, name: str) -> dict[str, str]:
    """Return an environment in which the import of a package runs `source`."""
    packages = folder / "packages"
    packages.mkdir()
    (packages / f"{name}.py").write_text(source)
    return os.environ | {"PYTHONPATH": f"{packages}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"}


def test_a_damaged_libzbar_is_one_sentence_and_codes_are_still_read(folder: Path) -> None:
    library = folder / "libzbar.so.0"
    library.write_bytes(b"no library")
    code = (
        "import ctypes.util; find = ctypes.util.find_library\n"
        f"ctypes.util.find_library = lambda name: {str(library)!r} if name == 'zbar' else find(name)\n"
        "from kiosk_app.commands.cli import main; main()"
    )
    command = [sys.executable, "-c", code, "decode", "ticket.png", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    assert done.returncode == 0, done.stderr
    assert lines(done)[0]["texts"] == [TICKET]
    assert "libzbar0 is damaged; install the package libzbar0 again" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("source", "says"),
    [
        (
            "raise ImportError('cv2.abi3.so: file too short', name='cv2')",
            "is damaged (cv2.abi3.so: file too short)",
        ),
        pytest.param(
            "raise ModuleNotFoundError('no cv2', name='cv2')", "is not installed", marks=pytest.mark.thorough
        ),
    ],
)
@pytest.mark.parametrize(
    "arguments",
    [("decode", "ticket.png", "--json"), ("self-test", "--json"), ("run",)] if THOROUGH else [("run",)],
)
def test_a_damaged_opencv_is_one_sentence(
    folder: Path, source: str, says: str, arguments: tuple[str, ...]
) -> None:
    command = [sys.executable, "-c", "from kiosk_app.commands.cli import main; main()", *arguments]
    environment = broken_package(folder, source, "cv2")
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, env=environment)
    assert done.returncode == 1
    assert done.stderr == (
        f"The package opencv-python-headless {says}. Install Doorward again: packaging/run setup\n"
    )

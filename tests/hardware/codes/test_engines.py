"""Without zxing-cpp or without libzbar the gate reads on, and says plainly what is missing."""

import ctypes
import ctypes.util
import sys
from pathlib import Path

import numpy as np
import pytest

from hardware.codes import CodeReader, engines_available
from hardware.errors import DeviceMissing
from kiosk_app.demo.scenes import CodeCard, gate_frame
from tests.bench.frames import modules_of
from tests.hardware.codes.code_images import OTHER, TICKET, on_grey, qr


@pytest.fixture
def no_zxing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "zxingcpp", None)


@pytest.fixture
def no_libzbar(monkeypatch: pytest.MonkeyPatch) -> None:
    """pyzbar is there and the system's library is not: it looks for it with find_library as it is imported."""
    for name in [name for name in sys.modules if name.split(".")[0] == "pyzbar"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(ctypes.util, "find_library", lambda name: None)


def test_both_engines_are_here() -> None:
    assert [(status.name, status.available) for status in engines_available()] == [
        ("zxing-cpp", True),
        ("zbar", True),
    ]


@pytest.mark.parametrize("inverted", [False, True])
def test_without_zxing_codes_are_still_read(no_zxing: None, inverted: bool) -> None:
    frame = gate_frame(modules_of(TICKET), np.random.default_rng(2), card=CodeCard(inverted=inverted))

    reading = CodeReader().read(frame)

    assert (reading.texts, reading.engine) == ((TICKET,), "zbar")


def test_without_zxing_two_codes_are_still_two(no_zxing: None) -> None:
    assert set(CodeReader().read(on_grey(qr(TICKET, 4), qr(OTHER, 5))).texts) == {TICKET, OTHER}


@pytest.mark.parametrize("text", ["Britain’s longest railway", "日本語", "naïve café ☃", "Ωμέγα", "plain"])
def test_without_zxing_text_beyond_ascii_is_not_taken_for_shift_jis(no_zxing: None, text: str) -> None:
    assert CodeReader().read(on_grey(qr(text))).texts == (text,)


def test_without_zxing_it_says_so(no_zxing: None) -> None:
    sentences = [status.message for status in engines_available() if not status.available]
    assert sentences == [
        "zxing-cpp is not installed: codes are read by zbar alone, slower and fewer of them."
    ]


def test_without_libzbar_codes_are_still_read(no_libzbar: None) -> None:
    frame = gate_frame(modules_of(TICKET), np.random.default_rng(2))

    reading = CodeReader().read(frame)

    assert (reading.texts, reading.engine) == ((TICKET,), "zxing-cpp")
    assert CodeReader().read(np.zeros((720, 1280), np.uint8)).texts == ()


def test_without_libzbar_it_says_which_package_is_missing(no_libzbar: None) -> None:
    sentences = [status.message for status in engines_available() if not status.available]
    assert sentences == [
        "libzbar0 is not installed: codes are read by zxing-cpp alone, a few hard ones fewer."
    ]


def test_without_pyzbar_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyzbar", None)
    monkeypatch.setitem(sys.modules, "pyzbar.pyzbar", None)

    assert engines_available()[1].message.startswith("pyzbar is not installed:")


def test_with_neither_it_refuses_to_start_with_a_sentence(no_zxing: None, no_libzbar: None) -> None:
    with pytest.raises(DeviceMissing, match="pyzbar with libzbar0"):
        CodeReader()


@pytest.mark.parametrize(
    "damage",
    [OSError("libzbar.so.0: file too short"), AttributeError("undefined symbol: zbar_image_create")],
    ids=["OSError", "AttributeError"],
)
def test_a_damaged_libzbar_leaves_zxing_alone_and_is_named(
    monkeypatch: pytest.MonkeyPatch, damage: Exception
) -> None:
    def broken(_: str) -> None:
        raise damage

    for name in [name for name in sys.modules if name.startswith("pyzbar")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(ctypes.cdll, "LoadLibrary", broken)

    assert CodeReader().read(on_grey(qr(TICKET))).texts == (TICKET,)
    status = engines_available()[1]
    assert not status.available
    assert status.message == (
        f"libzbar0 is damaged; install the package libzbar0 again ({damage}): "
        "codes are read by zxing-cpp alone, a few hard ones fewer."
    )


def test_a_damaged_zxing_leaves_zbar_alone_and_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "zxingcpp.py").write_text("raise ImportError('zxingcpp.so: invalid ELF header')")
    monkeypatch.delitem(sys.modules, "zxingcpp", raising=False)
    monkeypatch.syspath_prepend(str(tmp_path))

    assert CodeReader().read(on_grey(qr(TICKET))).engine == "zbar"
    assert engines_available()[0].message.startswith(
        "zxing-cpp is damaged; install the package zxing-cpp again"
    )

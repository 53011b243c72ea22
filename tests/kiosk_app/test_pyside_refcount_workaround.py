"""PySide6 6.12 on Python 3.11 gives a reference to None away with every call; a gate must outlive that."""

import subprocess
import sys

_CALLS = """
import sys
import kiosk_app
from PySide6.QtCore import QRect
box = QRect(0, 0, 1, 1)
before = sys.getrefcount(None)
for _ in range(200_000):
    box.translate(1, 1)
    box == box
    box == 3
print(before - sys.getrefcount(None))
"""


def test_two_hundred_thousand_qt_calls_leave_the_interpreter_alive() -> None:
    run = subprocess.run([sys.executable, "-c", _CALLS], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert int(run.stdout) < 1 << 32

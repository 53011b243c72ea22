"""Codes that are written can be read."""

import numpy as np

from hardware.codes import CodeReader
from hardware.codes.writer import qr_modules


def test_a_written_code_is_read_by_every_engine() -> None:
    modules = np.pad(qr_modules('aZ09-_+/="@!'), 4)
    image = np.where(np.kron(modules, np.ones((6, 6), dtype=bool)), 0, 255).astype(np.uint8)
    assert CodeReader().read(image).texts == ('aZ09-_+/="@!',)

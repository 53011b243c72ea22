"""Fixtures for the tone tests: an emulated sound card and a program runner."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.hardware.tones.sound_card import RunProgram, SoundCard, Spectrum


@pytest.fixture
def card(tmp_path: Path) -> Iterator[SoundCard]:
    sound_card = SoundCard(tmp_path)
    sound_card.plug()
    yield sound_card
    sound_card.unplug()


@pytest.fixture
def run_program() -> RunProgram:
    """Run a program in a Python of its own (PortAudio reads ALSA's configuration once); its last line is JSON."""

    def run(program: str, config: Path) -> dict[str, Any]:
        process = subprocess.run(
            [sys.executable, "-c", program],
            env=os.environ | {"ALSA_CONFIG_PATH": str(config)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert process.returncode == 0, process.stderr
        assert "Traceback" not in process.stderr
        output: dict[str, Any] = json.loads(process.stdout.splitlines()[-1])
        return output

    return run


@pytest.fixture
def spectrum() -> type[Spectrum]:
    return Spectrum

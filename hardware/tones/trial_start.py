"""Trial start of PortAudio in a short process of its own.

PortAudio ends the whole program (SIGABRT) if the ALSA configuration is missing or empty, and a hung driver keeps it for ever.
Neither may happen to a station, so a process that may die tries it first. An error that Python can report (no PortAudio, no
package) is no danger, and is left to the real start.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
import time

TRIAL_TIMEOUT_S = 6.0
_POLL_S = 0.05
# The alarm ends a hung trial even if the station was killed. The trial is repeated while no device is found: it yields to the gate.
_PROGRAM = f"""
import contextlib, os, signal
with contextlib.suppress(Exception):
    signal.alarm({round(2 * TRIAL_TIMEOUT_S)})
    os.nice(5)
with contextlib.suppress(Exception):
    import sounddevice
    sounddevice.query_devices()
"""


def try_portaudio(stop: threading.Event, *, program: str = _PROGRAM, timeout: float = TRIAL_TIMEOUT_S) -> str:
    """Return a sentence why PortAudio must not be started in this program, or "" if it may.

    Args:
        stop: Ends the trial early.
        program: The Python text to run.
        timeout: Seconds that the trial may take.
    """
    try:
        process = subprocess.Popen(  # noqa: S603 -- our own text
            [sys.executable, "-c", program],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    except OSError as error:
        return f"No sound: its trial could not be started ({error})."
    deadline = time.monotonic() + timeout
    while process.poll() is None:
        if time.monotonic() > deadline or stop.wait(_POLL_S):
            process.kill()
            with contextlib.suppress(subprocess.TimeoutExpired):  # a process in a hung driver can't be ended
                process.wait(1.0)
            return (
                "No sound: the sound system doesn't answer. Unplug the sound device and plug it in again, or restart the "
                "computer; the station tries again by itself."
            )
    if process.returncode != 0:
        return (
            "No sound: the sound system crashes at its start. Its configuration may be missing or damaged: check "
            "/usr/share/alsa/alsa.conf (package libasound2-data), /etc/asound.conf, ~/.asoundrc and the variable "
            "ALSA_CONFIG_PATH; the station tries again by itself."
        )
    return ""

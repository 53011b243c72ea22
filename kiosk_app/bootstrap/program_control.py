"""The end of the program: for good, or to be started again, because the hub or a person asks for it."""

import os
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import NoReturn

from hardware.tones import Tone
from hub_sync.client.fleet.program import StationProgram, new_run_id
from hub_sync.client.store import Store
from hub_sync.contract.fleet import AppliedConfiguration, ConfigurationRow
from kiosk_app.messages import IdentifyStation, Publish

RESTART_CODE = 75
"""The exit code with which a program that is supervised ends to be started again (`RestartForceExitStatus`)."""
SUPERVISED = "DOORWARD_SUPERVISED"
"""Environment: the program's supervisor (systemd) starts it again after RESTART_CODE. Without it, the program does so itself."""
TONE_EVERY_S = 1.5


@dataclass(slots=True)
class ProgramControl:
    """Controls of this program. `finish` closes its window, from any thread."""

    mode: str
    finish: Callable[[], None] = lambda: None
    read_log: Callable[[], bytes] = bytes
    run_id: str = field(default_factory=new_run_id)
    restarts: bool = False
    """True if the program is to be started again."""

    def restart(self) -> None:
        """End this program, so that it is started again. The gate finishes its scan, and switches its relay off, first."""
        self.restarts = True
        self.finish()

    def station_program(
        self,
        publish: Publish,
        play: Callable[[Tone], None],
        configure: Callable[[Store, ConfigurationRow], AppliedConfiguration],
        not_applied: Callable[[Store, ConfigurationRow], AppliedConfiguration],
    ) -> StationProgram:
        """Return the acts that the hub's commands need."""
        return StationProgram(
            mode=self.mode,
            run_id=self.run_id,
            identify=partial(_identify, publish, play),
            restart=self.restart,
            read_log=self.read_log,
            configure=configure,
            not_applied=not_applied,
        )


def _identify(publish: Publish, play: Callable[[Tone], None], name: str, seconds: int) -> None:
    publish(IdentifyStation(name, seconds))
    threading.Thread(target=_sound, args=(play, seconds), name="identify", daemon=True).start()


def _sound(
    play: Callable[[Tone], None], seconds: float, pause: Callable[[float], object] | None = None
) -> None:
    wait = pause or threading.Event().wait
    for _ in range(max(1, int(seconds / TONE_EVERY_S))):
        play(Tone.SUCCESS)
        wait(TONE_EVERY_S)


def start_again() -> NoReturn:
    """End this process so that the program is started again: by its supervisor, or by replacing itself."""
    if os.environ.get(SUPERVISED):
        sys.exit(RESTART_CODE)
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 -- this program itself

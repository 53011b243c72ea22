"""Is this station ready for people? Each part is tried and told in one sentence."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from hardware.camera import CameraCapture, CameraState, open_source
from hardware.codes import engines_available
from hardware.errors import DeviceError
from hardware.relay import DoorState, create_door
from hardware.tones import SoundState, TonePlayer
from hub_sync.client.http.errors import HubError
from hub_sync.client.http.hub_api import HubApi
from hub_sync.client.http.insecure_url import insecure_url_warning
from hub_sync.client.store import Store, StoreError, choose_keystore, open_store
from hub_sync.contract.clock import SystemClock
from hub_sync.contract.ids import new_id
from kiosk_app.settings import StationSettings

PATIENCE_S = 3.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One part, whether it works, and what to know about it."""

    part: str
    ok: bool
    says: str


def findings(folder: Path, settings: StationSettings) -> Iterator[Finding]:
    """Try every part; none stops the others."""
    yield from _store_and_hub(folder)
    for engine in engines_available():
        yield Finding(f"decode engine {engine.name}", engine.available, engine.message)
    yield _camera(settings)
    yield _relay(settings)
    yield _sound(settings)


def _store_and_hub(folder: Path) -> Iterator[Finding]:
    clock = SystemClock()
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with open_store(folder, choose_keystore(folder), clock, new_id, allow_read_only=True) as store:
            yield _store(store)
            yield _hub(store, clock)
    except (StoreError, OSError) as fault:
        yield Finding("store", False, str(fault))


def _store(store: Store) -> Finding:
    if store.recovery is not None:
        return Finding("store", False, store.recovery.sentence)
    broken, waiting = store.journal.verify(), store.journal.backlog()
    return Finding(
        "store", broken is None, broken or f"sealed, journal whole, {waiting.rows} rows to be sent"
    )


def _hub(store: Store, clock: SystemClock) -> Finding:
    enrolment = store.settings.enrolment()
    if enrolment is None:
        return Finding("hub", False, "This station is not enrolled: doorward-station enrol --help")
    warning = insecure_url_warning(enrolment.hub_url)
    api = HubApi.for_enrolment(enrolment, clock)
    try:
        api.time()
    except HubError as fault:
        return Finding("hub", False, f"{fault} {warning}".strip())
    finally:
        api.close()
    says = f"{enrolment.hub_url} knows this station as \u201c{enrolment.name}\u201d"
    return Finding("hub", True, f"{says}. {warning}" if warning else says)


def _camera(settings: StationSettings) -> Finding:
    if not settings.camera:
        return Finding("camera", True, "none asked for: codes are typed or come from a hand-held scanner")
    try:
        open_source(settings.camera)  # opens nothing yet; an address that means nothing raises here
        camera = CameraCapture(partial(open_source, settings.camera))
    except ValueError as fault:
        return Finding("camera", False, str(fault))
    camera.start()
    frame = camera.latest(after_number=0, timeout=PATIENCE_S)
    health = camera.health()
    camera.stop()
    if frame is None or health.state is not CameraState.LIVE:
        return Finding("camera", False, health.message)
    height, width = frame.image.shape[:2]
    return Finding("camera", True, f"{settings.camera} delivers {width}\u00d7{height}")


def _relay(settings: StationSettings) -> Finding:
    if not settings.relay:
        return Finding("relay", True, "none asked for: people are let through by hand")
    try:
        door = create_door(settings.relay)
        with door:
            _wait(lambda: door.health().state is DoorState.READY)
            health = door.health()
    except (ValueError, DeviceError) as fault:
        return Finding("relay", False, str(fault))
    return Finding("relay", health.state is DoorState.READY, health.message or f"{settings.relay} is ready")


def _sound(settings: StationSettings) -> Finding:
    player = TonePlayer(device=settings.sound_device or None)
    player.start()
    _wait(lambda: player.health().state is SoundState.AUDIBLE)
    health = player.health()
    player.close()
    return Finding("sound", health.state is SoundState.AUDIBLE, health.message or "a tone would be heard")


def _wait(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not done() and time.monotonic() < deadline:
        time.sleep(0.05)

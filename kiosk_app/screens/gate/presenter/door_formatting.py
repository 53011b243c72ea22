"""Format faults of the turnstile. Qt-free and stateless."""

from hardware.relay import DoorFault
from resources.translations.catalogue import Texts


def door_text(fault: DoorFault, texts: Texts) -> str:
    """Return what is wrong with the turnstile and what to do about it."""
    sentence = texts(f"door.{fault.kind.value}", detail=fault.detail)
    return f"{sentence} {texts('door.check')}" if fault.is_open_possible else sentence

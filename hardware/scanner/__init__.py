"""Hand-held code scanners that type like a keyboard ("keyboard wedges"): find their bursts of keys, read the code from them."""

from hardware.scanner.burst import KeyAction, KeystrokeBurst, Ruling
from hardware.scanner.keystroke import Keystroke
from hardware.scanner.setup_code import SETUP_CODE
from hardware.scanner.transmission import ScannedText, read_keystrokes, read_text

__all__ = [
    "SETUP_CODE",
    "KeyAction",
    "Keystroke",
    "KeystrokeBurst",
    "Ruling",
    "ScannedText",
    "read_keystrokes",
    "read_text",
]

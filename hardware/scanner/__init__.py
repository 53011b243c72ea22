"""Hand-held code scanners: on a serial line, read as an input device (Linux), or as a keyboard through the window.

    scanner = HandScanner("serial:///dev/ttyACM0")
    scanner.start(on_code)                 # on_code(transmission), on the scanner's thread
    transmission.read(scanner.profile)     # ScannedText
    scanner.health()                       # READY, MISSING or WINDOW, and a message for the operator

To add a driver: write a file with a `ScannerSource`, add one line to `DRIVERS` in `hand_scanner`, and its options to `address`.
"""

from hardware.scanner.address import KEYS, ScannerAddress, ScannerAddressError
from hardware.scanner.burst import KeyAction, KeystrokeBurst, Ruling
from hardware.scanner.discovery import ScannerChoice, list_scanners
from hardware.scanner.hand_scanner import HandScanner
from hardware.scanner.health import ScannerFault, ScannerHealth, ScannerState
from hardware.scanner.keystroke import Keystroke
from hardware.scanner.layouts import LAYOUTS
from hardware.scanner.profile import ScannerProfile, Suffix
from hardware.scanner.setup_code import SETUP_CODE, ScannerFindings, examine
from hardware.scanner.transmission import ScannedText, Transmission, read_keystrokes, read_text

__all__ = [
    "KEYS",
    "LAYOUTS",
    "SETUP_CODE",
    "HandScanner",
    "KeyAction",
    "Keystroke",
    "KeystrokeBurst",
    "Ruling",
    "ScannedText",
    "ScannerAddress",
    "ScannerAddressError",
    "ScannerChoice",
    "ScannerFault",
    "ScannerFindings",
    "ScannerHealth",
    "ScannerProfile",
    "ScannerState",
    "Suffix",
    "Transmission",
    "examine",
    "list_scanners",
    "read_keystrokes",
    "read_text",
]

"""Keeps None, True, False and NotImplemented alive under PySide6 on Python 3.11 and older.

PySide6's stable-ABI wheels (seen with 6.12.0) are compiled against headers in which these objects are immortal (PEP 683),
so every Qt call that returns nothing gives one reference to None back that it never took. From Python 3.12 on that is
harmless; before, a station died with "none_dealloc: deallocating None" after some thousand calls, at the gate within
seconds. A reference count that cannot be used up in years mends it. `tests/kiosk_app/shell` holds the measurement.
"""

import ctypes
import sys

_IMMORTAL_SINCE = (3, 12)
_PLENTY = 1 << 60
_SINGLETONS = (None, True, False, NotImplemented, Ellipsis)


def keep_singletons() -> bool:
    """Give the interpreter's singletons references to spare; True where that was needed. Harmless when repeated."""
    if sys.version_info >= _IMMORTAL_SINCE or sys.implementation.name != "cpython":
        return False
    for singleton in _SINGLETONS:
        if sys.getrefcount(singleton) < _PLENTY // 2:
            # ob_refcnt is the first field of every PyObject in a release build of CPython
            ctypes.c_ssize_t.from_address(id(singleton)).value += _PLENTY
    return True

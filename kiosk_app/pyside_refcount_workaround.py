"""Workaround for wrong reference counts of None, True, False and NotImplemented under PySide6 on Python 3.11 and older.

PySide6's stable-ABI wheels (seen with 6.12.0) are compiled against headers in which these objects are immortal (PEP 683),
so every Qt call that returns nothing drops a reference to None that it never took. From Python 3.12 on that is harmless.
Before, a station died with "none_dealloc: deallocating None" after some thousand calls, at the gate within seconds. A
reference count that cannot be used up in years prevents it.

Debian 12 has Python 3.11 and no newer one, so the workaround stays until Debian 12 is no longer supported.
`tests/kiosk_app/test_pyside_refcount_workaround.py` holds the measurement.
"""

import ctypes
import sys

_IMMORTAL_SINCE = (3, 12)
_EXTRA_REFERENCES = 1 << 60
_SINGLETONS = (None, True, False, NotImplemented, Ellipsis)


def protect_singletons() -> bool:
    """Add references to the interpreter's singletons; return True if that was needed. Repeated calls are harmless."""
    if sys.version_info >= _IMMORTAL_SINCE or sys.implementation.name != "cpython":
        return False
    for singleton in _SINGLETONS:
        if sys.getrefcount(singleton) < _EXTRA_REFERENCES // 2:
            # ob_refcnt is the first field of every PyObject in a release build of CPython
            ctypes.c_ssize_t.from_address(id(singleton)).value += _EXTRA_REFERENCES
    return True

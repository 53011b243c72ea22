"""The station: a Qt desktop program at a gate or a kiosk."""

from kiosk_app.pyside_refcount_workaround import keep_singletons

keep_singletons()  # before the first Qt call of the process: see there

"""The station: a Qt desktop program at a gate or a kiosk."""

from kiosk_app.pyside_refcount_workaround import protect_singletons

protect_singletons()  # before the first Qt call of the process

"""The composition root: devices, store, sync, workers and the screen of the mode are built here."""

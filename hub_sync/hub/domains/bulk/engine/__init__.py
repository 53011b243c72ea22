"""The engine of bulk operations: selection, preview, run and undo."""

"""The threads beside the Qt thread: camera, gate I/O, sync."""

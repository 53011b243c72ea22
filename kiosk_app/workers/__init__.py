"""The threads beside the Qt thread, and the bridge to it."""

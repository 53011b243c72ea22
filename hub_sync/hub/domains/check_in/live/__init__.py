"""The live stream of an event's check-in."""

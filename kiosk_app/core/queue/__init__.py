"""Queues at a station, without Qt: numbers at a kiosk, calls at a desk, what a board shows."""

"""The station: a Qt desktop program at a gate or a kiosk."""

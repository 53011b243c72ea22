"""Commands to stations: issued here, obeyed there, and done when the station says so."""

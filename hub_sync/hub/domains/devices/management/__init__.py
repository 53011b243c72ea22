"""Changes of devices: created, enrolled, assigned, locked and taken out of use."""

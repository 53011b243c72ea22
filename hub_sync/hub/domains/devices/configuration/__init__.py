"""The configuration of stations: defaults of an event and a profile, the settings of single devices, and what is applied."""

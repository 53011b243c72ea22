"""The console's scanner: a phone or laptop that scans without a station."""

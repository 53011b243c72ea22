"""The station without Qt: a scan from start to end, and what it needs."""

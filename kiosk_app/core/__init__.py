"""Qt-free: a scan from start to end."""

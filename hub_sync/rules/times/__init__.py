"""Times: opening hours, the times of scans, and time zones."""

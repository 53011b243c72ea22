"""The logic of a kiosk without Qt: its options, its visitors, their sessions, and what staff are called for."""

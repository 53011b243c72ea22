"""Rules of queues that station and hub share: what a ticket's actions add up to, and who is next."""

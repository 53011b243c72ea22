"""The queues of this station's events: actions, the tickets that they add up to, and the numbers that it may give."""

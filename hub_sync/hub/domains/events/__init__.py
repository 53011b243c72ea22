"""Events: the gatherings that people register for."""

PUBLIC = ("forms",)
"""What the form of a clone uses: the list of time zones."""

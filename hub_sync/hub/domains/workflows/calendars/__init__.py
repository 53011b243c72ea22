"""Business calendars: the hours in which the time of a step counts."""

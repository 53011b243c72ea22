"""Events: the gatherings that people register for."""

PUBLIC = ("choices",)

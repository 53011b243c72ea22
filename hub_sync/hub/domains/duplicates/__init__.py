"""One person registered twice."""

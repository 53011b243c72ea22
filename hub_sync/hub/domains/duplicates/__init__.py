"""One person registered twice; and people who are not let in."""

"""The page of a series that everybody may read, and its feed for calendars."""

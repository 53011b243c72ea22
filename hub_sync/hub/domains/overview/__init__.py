"""The console's overview of an event. It has no tables: it looks at what other domains keep."""

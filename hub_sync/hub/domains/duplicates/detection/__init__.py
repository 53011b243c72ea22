"""The search for duplicates: a run over everybody in a child process, and hints about one person."""

"""The error of commands."""


class CommandFailed(Exception):
    """A command failed for a known reason; the message is one sentence for people."""

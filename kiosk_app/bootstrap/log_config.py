"""The station's log: one line per event on stderr, where systemd takes it; a bug with its traceback.

A traceback is plain: structlog's default prints the local variables, and they hold names, tickets and the credential.
"""

import logging
import re
import sys
from typing import Any, Protocol, TextIO, cast

import structlog


class LogStream(Protocol):
    """Where lines of the log go: stderr, or a stream that writes to a file, too."""

    def write(self, text: str, /) -> int:
        """Write; return the number of characters."""
        ...

    def flush(self) -> None:
        """Write what is buffered."""
        ...

    def isatty(self) -> bool:
        """Return True if it is a terminal, which gets colours."""
        ...


HIDDEN = "[hidden]"
_SECRETS = (
    re.compile(
        r"(?<=input_value=).*?(?=, input_type=)", re.DOTALL
    ),  # pydantic repeats what it could not read
    re.compile(r"\bdw_[\w-]{6,}"),  # credentials of stations
    re.compile(r"(?<![\w+-])[\w+-]{40,}={0,2}"),  # tickets and keys
)


def configure_logging(stream: LogStream | None = None, level: int = logging.INFO) -> None:
    """Set up logging of this process on `stream` (stderr)."""
    output = stream or sys.stderr
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: list[structlog.typing.Processor] = [
        structlog.processors.format_exc_info,
        hide_secrets,
        structlog.dev.ConsoleRenderer(
            colors=output.isatty(), exception_formatter=structlog.dev.plain_traceback
        ),
    ]
    structlog.configure(
        processors=[*shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(cast("TextIO", output)),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(cast("TextIO", output))
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)


def hide_secrets(_: Any, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Replace what looks like a secret or a ticket in every text of an event (a structlog processor)."""
    for name, value in event.items():
        if isinstance(value, str):
            for pattern in _SECRETS:
                value = pattern.sub(HIDDEN, value)  # noqa: PLW2901 -- one pattern after the other
            event[name] = value
    return event

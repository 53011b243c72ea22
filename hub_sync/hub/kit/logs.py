"""Logs: one line a happening on stderr, for people or (`as_json`) for machines; stdout belongs to answers.

Nobody is meant to log a secret. The last line of defence is here: the finished line is searched for what looks like one.
"""

import logging
import re
import sys
from typing import Any

import structlog

HIDDEN = "[hidden]"
_NAMED = (
    r"password|passwd|secret|token|api[_-]?key|cookie|authorization|credential|csrf|enrol_code|material|otp"
)
_SECRETS: tuple[tuple[re.Pattern[str], str], ...] = (
    # What a name announces, as JSON, as key=value, as a header or as Python writes it.
    (
        re.compile(
            rf"(?i)(\b[\w-]*(?:{_NAMED})\\?[\"']?\s*[:=]\s*)(?:\\?\"[^\"]*\"|'[^']*'|(?:bearer\s+|basic\s+)?[^\s,;&\"'}}\])]+)"
        ),
        rf"\1{HIDDEN}",
    ),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{6,}"), rf"\1 {HIDDEN}"),
    # Keys of integrators, credentials of stations, enrolment codes.
    (re.compile(r"\b(?:ak|dw)_[\w-]{6,}"), HIDDEN),
    (re.compile(r"\b[0-9A-Z]{5}-[0-9A-Z]{5}\b"), HIDDEN),
    # user:password@ in an address; a link's token; people's addresses.
    (re.compile(r"(://[^\s/:@]*:)[^\s/@]+@"), rf"\1{HIDDEN}@"),
    (re.compile(r"(/(?:invitation|reset|password|verify|link)s?/)[^\s/?#\"']{16,}"), rf"\1{HIDDEN}"),
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}"), HIDDEN),
    # 32 bytes as hex; 32 bytes and more as base64url, which has capitals, small letters and digits.
    (re.compile(r"\b[0-9a-fA-F]{64}\b"), HIDDEN),
    (re.compile(r"(?<![\w/+-])(?=[\w+-]*[A-Z])(?=[\w+-]*[a-z])(?=[\w+-]*\d)[\w+-]{40,}={0,2}"), HIDDEN),
)


def blanked(text: str) -> str:
    """The text without what looks like a secret or a person's address.

    >>> blanked("key ak_live_0123456789abcdef, password=sesame")
    'key [hidden], password=[hidden]'
    """
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text


def configure(*, as_json: bool, level: int = logging.INFO) -> None:
    """Set up logging of this process. Tracebacks are plain: local variables may hold names and secrets."""
    renderer = _Blanking(
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    exceptions: list[structlog.typing.Processor] = [structlog.processors.format_exc_info] if as_json else []
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, *exceptions, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *exceptions, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)


class _Blanking:
    """A renderer whose lines are looked through before they leave."""

    def __init__(self, renderer: Any) -> None:
        self._renderer = renderer

    def __call__(self, logger: Any, name: str, happening: structlog.typing.EventDict) -> str:
        """The line, as text."""
        return blanked(str(self._renderer(logger, name, happening)))

"""Logging: one line per event on stderr, for people or (`as_json`) for machines; stdout is for the output of commands.

No code is meant to log a secret. As the last defence, every line is searched for text that looks like one.
"""

import logging
import re
import sys
from typing import Any

import structlog

REDACTED = "[hidden]"
_PLAIN = frozenset({int, float, bool, type(None)})
_MIN_SECRET = 8
"""Shorter texts are no secrets: they could be guessed."""
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}").fullmatch
"""Ids, which most lines have, are no secrets."""
_IS_WORD = re.compile(r"[^\s\"'=\x00-\x1f\x7f-\x9f]*").fullmatch
_HARMLESS: set[str] = set()
_MOST_HARMLESS = 1024
_NAMES = (
    "password",
    "passwd",
    "secret",
    "token",
    "api_key",
    "api-key",
    "apikey",
    "cookie",
    "authorization",
    "credential",
    "csrf",
    "enrol_code",
    "material",
    "otp",
)
_START = r"(?:\b|(?<=\\[nrt]))"
_VALUE = r"(?:\\?\"[^\"]*\"|'[^']*'|(?:bearer\s+|basic\s+)?[^\s,;&\"'}\])]+)"
_SECRETS: tuple[tuple[tuple[str, ...], re.Pattern[str], str], ...] = (
    # (one of these must be in the text, else the pattern is not tried; what is sought, what stands there then)
    # What a name announces, as JSON, as key=value, as a header or as Python writes it.
    (_NAMES, re.compile(rf"(?i)((?:{'|'.join(_NAMES)})\\?[\"']?\s*[:=]\s*){_VALUE}"), rf"\1{REDACTED}"),
    (("bearer", "basic"), re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{6,}"), rf"\1 {REDACTED}"),
    # Keys of integrators, credentials of stations, enrolment codes.
    (("ak_", "dw_"), re.compile(rf"{_START}(?:ak|dw)_[\w-]{{6,}}"), REDACTED),
    (("-",), re.compile(rf"{_START}[0-9A-Z]{{5}}-[0-9A-Z]{{5}}\b"), REDACTED),
    # user:password@ in an address; a link's token; people's addresses.
    (("://",), re.compile(r"(://[^\s/:@]*:)[^\s/@]+@"), rf"\1{REDACTED}@"),
    (
        ("/invit", "/reset", "/password", "/verify", "/link"),
        re.compile(r"(/(?:invitation|invite|reset|password|verify|link)s?/)[^\s/?#\"']{16,}"),
        rf"\1{REDACTED}",
    ),
    # Every part bounded (RFC 5321, 4.5.3.1), or a long text of others would take the regular expression for ever.
    (("@",), re.compile(r"[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,16}[A-Za-z]{2,63}"), REDACTED),
    # 32 bytes as hex; 32 bytes and more as base64url, which has capitals, small letters and digits. Of 1,500 texts of
    # 32 bytes one has no digit: any text of their length is taken for one.
    (("",), re.compile(rf"{_START}[0-9a-fA-F]{{64}}\b"), REDACTED),
    (
        ("",),
        re.compile(
            r"(?<![\w+-])(?=[\w+-]{40})(?=[\w+-]*[A-Z])(?=[\w+-]*[a-z])(?=[\w+-]*\d|[\w+-]{43}(?![\w+-]))[\w+-]+={0,2}"
        ),
        REDACTED,
    ),
)


def redact(text: str) -> str:
    """Replace what looks like a secret or a person's address.

    >>> redact("key ak_live_0123456789abcdef, password=sesame")
    'key [hidden], password=[hidden]'
    """
    small = text.lower()
    for signs, pattern, instead in _SECRETS:
        if any(sign in small for sign in signs):
            text = pattern.sub(instead, text)
    return text


def configure(*, as_json: bool, level: int = logging.INFO) -> None:
    """Set up logging of this process. Tracebacks are plain: local variables may hold names and secrets."""
    renderer: structlog.typing.Processor
    if as_json:
        renderer = structlog.processors.JSONRenderer(ensure_ascii=False)
    elif sys.stderr.isatty():
        renderer = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    else:
        renderer = _render_plain
    last: list[structlog.typing.Processor] = [
        structlog.processors.format_exc_info,
        _redact_event,
        # After the search for secrets: a time is none, and each is another text.
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        renderer,
    ]
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
    ]
    structlog.configure(
        processors=[*shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        # Line and line end in one write: the workers of a hub share stderr.
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)


def _render_plain(_: Any, __: str, event: structlog.typing.EventDict) -> str:
    """Render an event as `ConsoleRenderer` does without colours, which takes five times as long (a structlog processor)."""
    head = f"{event.pop('timestamp', '')} [{event.pop('level', ''):<9}] {event.pop('event', '')!s:<30}"
    exception, stack = event.pop("exception", ""), event.pop("stack", "")
    pairs = [f"{name}={_quote(event[name])}" for name in sorted(event)]
    line = " ".join((head.lstrip(), *pairs)).rstrip()
    return "\n".join(filter(None, (line, stack, exception)))


def _quote(value: Any) -> str:
    """Return a value as it stands in a line: a text of several words, or with characters that are no words', as Python writes it."""
    if not isinstance(value, str):
        return repr(value)
    return value if _IS_WORD(value) else repr(value)


def _redact_event(_: Any, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Redact every text of an event, and the text of every value that is not plain (a structlog processor)."""
    for name, value in event.items():
        if type(value) not in _PLAIN:
            event[name] = REDACTED if name.lower() in _NAMES else _redact_value(value)
    return event


def _redact_and_remember(text: str) -> str:
    """Redact a text; what had nothing to hide is remembered, for the same routes and callers stand in every line."""
    hidden = redact(text)
    if hidden == text:
        if len(_HARMLESS) >= _MOST_HARMLESS:
            _HARMLESS.clear()
        _HARMLESS.add(text)
    return hidden


def _redact_value(value: Any) -> Any:
    if isinstance(value, str):
        if len(value) < _MIN_SECRET or value in _HARMLESS or _UUID(value):
            return value
        return _redact_and_remember(value)
    if isinstance(value, dict):
        return _redact_event(None, "", dict(value))
    if isinstance(value, list | tuple | set | frozenset):
        return [_redact_value(item) for item in value]
    return value if type(value) in _PLAIN else redact(repr(value))

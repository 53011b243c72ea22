"""Forms: the sent fields as a pydantic model, or a message beside each invalid field.

A browser sends every field as text, an empty one as "" and an unchecked box not at all. A blank counts as None if the
field allows None, as missing if the field is required, and as itself otherwise.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from hub_sync.hub.console.i18n.translation import N_, _
from hub_sync.hub.kit.errors import Unprocessable
from hub_sync.hub.kit.text_types import ExpectedFormat
from hub_sync.rules.text_normalization import ascii_digits, drop_invisible

M = TypeVar("M", bound=BaseModel)
Sent = Mapping[str, Sequence[str]]
CSRF_FIELD = "csrf"

_MESSAGES = {
    "missing": N_("Fill this in."),
    "string_too_short": N_("At least {min_length} characters."),
    "string_too_long": N_("At most {max_length} characters."),
    "int_parsing": N_("Give a whole number."),
    "int_from_float": N_("Give a whole number."),
    "float_parsing": N_("Give a number."),
    "greater_than_equal": N_("At least {ge}."),
    "less_than_equal": N_("At most {le}."),
    "greater_than": N_("More than {gt}."),
    "less_than": N_("Less than {lt}."),
    "enum": N_("Choose one of the list."),
    "literal_error": N_("Choose one of the list."),
    "too_short": N_("Choose at least {min_length}."),
    "too_long": N_("Choose at most {max_length}."),
    "datetime_parsing": N_("Give a day and a time."),
    "datetime_from_date_parsing": N_("Give a day and a time."),
    "date_from_datetime_parsing": N_("Give a day."),
    "date_parsing": N_("Give a day."),
    "timezone_aware": N_("Give a time with its zone."),
    "bool_parsing": N_("Choose yes or no."),
}
_OTHER = N_("This can't be used here.")
_OF_MODELS = (
    N_("Not a time zone of the IANA list, such as Europe/Berlin."),
    N_("Must not contain a NUL character."),
    N_("Not an e-mail address, such as ada@example.org."),
    N_("A phone number has digits, spaces and + ( ) . / - only."),
    N_("Has invisible characters only."),
)
"""Messages of the checks in `kit.text_types`, marked for the catalogues."""


class FormInvalid(Unprocessable):
    """An invalid form; `fields` holds a message for each invalid field ("" is the form itself)."""

    template = N_("Some of this needs another look.")

    def __init__(self, fields: Mapping[str, str]) -> None:
        """Create the error; `fields` maps the names of fields to messages in the language of the page."""
        super().__init__()
        self.fields = dict(fields)


def parse(model: type[M], sent: Sent) -> M:
    """Return the sent fields as a model.

    Raises:
        FormInvalid: 422: with a message for each invalid field.
    """
    values: dict[str, Any] = {}
    for name, info in model.model_fields.items():
        value = _value(info, sent.get(info.alias or name))
        if value is not _LEFT_OUT:
            values[info.alias or name] = value
    try:
        return model.model_validate(values)
    except ValidationError as error:
        fields: dict[str, str] = {}
        for item in error.errors(include_url=False):
            name = str(item["loc"][0]) if item["loc"] else ""
            fields.setdefault(name, message_of(item, model.model_fields.get(name)))
        raise FormInvalid(fields) from error


def short_texts(sent: Sent, names: Iterable[str], most: int) -> dict[str, str]:
    """Return the texts of fields that no model has, since their names depend on what is shown; blanks around them don't count.

    Raises:
        FormInvalid: 422: one has more than `most` characters. Cut off, it would say something else than what was typed.
    """
    texts = {name: (sent.get(name) or ("",))[-1].strip() for name in names}
    long = {name for name, text in texts.items() if len(text) > most}
    if long:
        message = _(_MESSAGES["string_too_long"]).format(max_length=most)
        raise FormInvalid(dict.fromkeys(sorted(long), message))
    return texts


def message_of(item: Mapping[str, Any], info: FieldInfo | None = None) -> str:
    """Return a pydantic error as a message for people; `info` is the field, which may know how a value is written."""
    context = item.get("ctx", {})
    if item["type"] == "string_pattern_mismatch":
        formats = expected_formats(info) if info else []
        return _(formats[0].sentence) if formats else _(_OTHER)
    if item["type"] == "value_error":
        message = str(context.get("error", ""))
        return (
            _(message[:1].upper() + message[1:] + ("" if message.endswith(".") else "."))
            if message
            else _(_OTHER)
        )
    template = _MESSAGES.get(item["type"])
    return _(template).format(**context) if template else _(_OTHER)


def expected_formats(info: FieldInfo) -> list[ExpectedFormat]:
    """Return what the type of a field says about how its value is written."""
    return [
        each for each in (*info.metadata, *_metadata(info.annotation)) if isinstance(each, ExpectedFormat)
    ]


def _metadata(annotation: Any) -> Iterator[Any]:
    yield from getattr(annotation, "__metadata__", ())
    for argument in get_args(annotation):
        yield from _metadata(argument)


_LEFT_OUT = object()


def _value(info: FieldInfo, sent: Sequence[str] | None) -> Any:
    kind = _plain(info.annotation)
    if kind is bool:
        return bool(sent) and (sent or [""])[-1] not in ("", "0", "false", "off")
    if get_origin(kind) in (list, tuple, set, frozenset):
        return [text for text in sent or () if text]
    if sent is None:
        return _LEFT_OUT
    text = sent[-1]
    if text.strip():
        return ascii_digits(drop_invisible(text)) if kind in (int, float) else text
    if _allows_none(info.annotation):
        return None
    return _LEFT_OUT if info.is_required() or kind is not str else ""


def _allows_none(annotation: Any) -> bool:
    return get_origin(annotation) in (Union, UnionType) and NoneType in get_args(annotation)


def _plain(annotation: Any) -> Any:
    if get_origin(annotation) in (Union, UnionType):
        others = [argument for argument in get_args(annotation) if argument is not NoneType]
        annotation = others[0] if len(others) == 1 else annotation
    return get_args(annotation)[0] if hasattr(annotation, "__metadata__") else annotation

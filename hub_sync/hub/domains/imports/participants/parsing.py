"""Parse a row of texts as a participant, by the rules of a single registration (`participants.schemas`)."""

from collections.abc import Iterable
from typing import Any

from pydantic import ValidationError

from hub_sync.hub.domains.imports.importable import EXTRA, ParsedRow
from hub_sync.hub.domains.imports.issues import Cause, Issue
from hub_sync.hub.domains.imports.mapping.phone_regions import international
from hub_sync.hub.domains.imports.options import ImportOptions, NameOrder
from hub_sync.hub.domains.imports.participants.fields import DETAILS, FULL_NAME, STATUS_WORDS
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.kit.errors import Unprocessable
from hub_sync.hub.kit.json_values import load_json_text
from hub_sync.hub.kit.lists.xlsx_writer import LONGEST_TEXT
from hub_sync.hub.kit.middleware.body_decoding import refuse_unclean_json
from hub_sync.rules.text_normalization import normalize_name

_CAUSES = {
    "email": Cause.EMAIL_INVALID,
    "phone": Cause.PHONE_INVALID,
    "registration_code": Cause.CODE_UNUSABLE,
    "status": Cause.STATUS_UNKNOWN,
}
_NAMES = ("first_name", "last_name")
_PLAIN = {"email": None, "registration_code": "", "external_id": None, "category": "", "group_ref": ""}
"""Fields whose text is stored as it is, and their value where there is none."""
_TOTALS = frozenset(
    normalize_name(word)
    for word in (
        *("total", "totals", "grand total", "subtotal", "sum", "count", "number of people"),
        *("Summe", "Gesamt", "Gesamtsumme", "Zwischensumme", "Insgesamt", "Anzahl"),
        *("المجموع", "الإجمالي", "إجمالي", "العدد"),
    )
)
"""First words of the line that a spreadsheet has below its list."""
_IDENTIFYING = ("first_name", "last_name", "email", "registration_code", "external_id")
_PARTICLES = frozenset(
    (
        "von",
        "van",
        "de",
        "der",
        "den",
        "del",
        "della",
        "di",
        "da",
        "dos",
        "du",
        "la",
        "le",
        "al",
        "el",
        "bin",
        "ibn",
        "zu",
        "zum",
        "zur",
        "ter",
        "ten",
        "st",
        "st.",
    )
)

_BLANKS = 16
"""Blanks at the end of a text that a workbook has cut, which are left out when its cell is read."""


def parse_row(line: int, texts: dict[str, str], options: ImportOptions) -> ParsedRow:
    """Return the row; `texts` are those of its fields, "" for one that is to be removed."""
    values: dict[str, Any] = {}
    extra: dict[str, Any] = {}
    issues: list[Issue] = []
    warnings: list[Issue] = []
    for name, text in texts.items():
        if name in _PLAIN:
            values[name] = text or _PLAIN[name]
        elif name in _NAMES:
            values[name] = " ".join(text.split())
        elif name.startswith(EXTRA):
            extra[name[len(EXTRA) :]] = text
        elif name == DETAILS:
            extra = _parse_details(text, issues) | extra
        else:
            values.update(_parse_special(name, text, options, issues, warnings))
    if values.get("registration_code") == "":
        del values["registration_code"]  # every participant has one
    if extra:
        values["extra"] = extra
    row = ParsedRow(line, values, issues)
    _validate(row)
    if not values.get("email") and _is_total(texts):
        warnings.append(Issue(Cause.TOTAL_ROW))
    if warnings:
        wrong = {issue.field for issue in row.issues}
        row.issues += (issue for issue in warnings if issue.field not in wrong)
    return row


def _is_total(texts: dict[str, str]) -> bool:
    """Return True for a row that begins as `Summe:;3` does."""
    first = next((text for text in texts.values() if text), "")
    return normalize_name(first.rstrip(" :=0123456789.,")) in _TOTALS


def _parse_special(
    name: str, text: str, options: ImportOptions, issues: list[Issue], warnings: list[Issue]
) -> dict[str, Any]:
    """Return the values of a field whose text is not stored as it is."""
    if name == FULL_NAME:
        return split_full_name(text, options.name_order)
    if name == "phone":
        phone = international(text, options.phone_region)
        if phone is None:
            warnings.append(Issue(Cause.PHONE_UNKNOWN, "phone", text))
        return {name: (phone or text) or None}
    status = STATUS_WORDS.get(normalize_name(text))
    if status is None and text:
        issues.append(Issue(Cause.STATUS_UNKNOWN, name, text))
    return {name: status.value} if status is not None else {}


def _parse_details(text: str, issues: list[Issue]) -> dict[str, Any]:
    """Return the further details that an export wrote as a JSON object."""
    try:
        refuse_unclean_json(text.encode())
        details = load_json_text(text) if text else {}
    except (ValueError, RecursionError, Unprocessable):
        details = None
    if not isinstance(details, dict):
        is_cut = (
            text.startswith("{") and len(text.encode("utf-16-le", "replace")) // 2 > LONGEST_TEXT - _BLANKS
        )
        parameters = {"limit": LONGEST_TEXT} if is_cut else {}
        issues.append(Issue(Cause.CUT if is_cut else Cause.VALUE_INVALID, DETAILS, text, parameters))
        return {}
    return details


def split_full_name(text: str, order: NameOrder) -> dict[str, str]:
    """Return first and last name.

    >>> split_full_name("Lovelace, Ada", NameOrder.FIRST_LAST), split_full_name("Ludwig van Beethoven", NameOrder.FIRST_LAST)
    ({'first_name': 'Ada', 'last_name': 'Lovelace'}, {'first_name': 'Ludwig', 'last_name': 'van Beethoven'})
    """
    for comma in (",", "،", "，"):  # noqa: RUF001 - as typed in East Asia
        last, sign, first = text.partition(comma)
        if sign and first.strip():
            return {"first_name": " ".join(first.split()), "last_name": " ".join(last.split())}
    words = text.split()
    if len(words) < 2:  # noqa: PLR2004 - one name alone
        return {"first_name": "", "last_name": " ".join(words)}
    if order is NameOrder.LAST_FIRST:
        cut = 1
        while cut < len(words) - 1 and words[cut - 1].lower() in _PARTICLES:
            cut += 1
        return {"first_name": " ".join(words[cut:]), "last_name": " ".join(words[:cut])}
    cut = len(words) - 1
    while cut > 1 and words[cut - 1].lower() in _PARTICLES:
        cut -= 1
    return {"first_name": " ".join(words[:cut]), "last_name": " ".join(words[cut:])}


def _validate(row: ParsedRow) -> None:
    """Check the values as a change of a participant is checked, and replace them by the clean ones."""
    try:
        changes = participants.ParticipantChanges.model_validate(row.values)
    except ValidationError as error:
        for item in error.errors(include_url=False):
            row.issues.append(_issue(item, row.values))
        _validate_rest(row, {issue.field for issue in row.issues})
    else:
        checked = vars(changes)
        row.values = {name: checked[name] for name in row.values}
        _dump(row)
    code = row.values.get("registration_code")
    if code:
        try:
            row.values["code_normal"] = participants.parse_code(code)
        except participants.RegistrationCodeUnusable:
            row.issues.append(Issue(Cause.CODE_UNUSABLE, "registration_code", code))
    if not any(row.values.get(name) for name in _IDENTIFYING) and not row.issues:
        row.issues.append(Issue(Cause.NOBODY))


def _validate_rest(row: ParsedRow, wrong: Iterable[str]) -> None:
    """Keep the values that are right: the preview shows them, and they find who is registered."""
    rest = {name: value for name, value in row.values.items() if name not in wrong}
    try:
        changes = participants.ParticipantChanges.model_validate(rest)
    except ValidationError:
        row.values = {}
        return
    row.values = {name: getattr(changes, name) for name in rest}
    _dump(row)


def _dump(row: ParsedRow) -> None:
    status = row.values.get("status")
    if status is not None:
        row.values["status"] = status.value


def _issue(item: Any, values: dict[str, Any]) -> Issue:
    name = str(item["loc"][0]) if item["loc"] else ""
    text = values.get(name)
    shown = text if isinstance(text, str) else ""
    if item["type"] in ("string_too_long", "too_long"):
        return Issue(Cause.TOO_LONG, name, shown, {"limit": item["ctx"]["max_length"]})
    return Issue(_CAUSES.get(name, Cause.VALUE_INVALID), name, shown)

"""Parsing of a push. The request-body middleware has decompressed and limited the bytes and values before."""

import re
from collections import Counter

from pydantic import ValidationError

from hub_sync.contract.enums import ScanResult
from hub_sync.contract.sync import PushRequest, PushResponse
from hub_sync.hub.kit.errors import Unprocessable
from hub_sync.hub.kit.i18n import N_

TIME_LIMIT = 2**52
"""No number on the wire is larger."""
_RESULT = re.compile(rf'"result":\s*"({"|".join(ScanResult)})"')
"""Found in a row that was accepted, it is the row's result: inside of a text its quotes would be escaped."""


class PushUnreadable(Unprocessable):
    """The body is no push; `reason` names the first member that is wrong."""

    template = N_("This is no push: %(reason)s")


def parse_push(plain: bytes) -> PushRequest:
    """Check the shape of a push.

    Raises:
        PushUnreadable: it is none.
    """
    try:
        return PushRequest.model_validate_json(plain)
    except ValidationError as wrong:
        raise PushUnreadable(reason=_first_error(wrong)) from None


def count_results(pushed: PushRequest, answered: PushResponse) -> tuple[Counter[str], Counter[str]]:
    """Return the number of rows by verdict, and the number of newly stored scans by result."""
    results: Counter[str] = Counter()
    for item, answer in zip(pushed.items, answered.verdicts, strict=True):
        if answer.verdict == "ACCEPTED" and (match := _RESULT.search(item.body)):
            results[match.group(1)] += 1
    return Counter(answer.verdict for answer in answered.verdicts), results


def _first_error(wrong: ValidationError) -> str:
    first = wrong.errors(include_url=False, include_context=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    return f"{place}: {first['msg']}" if place else first["msg"]

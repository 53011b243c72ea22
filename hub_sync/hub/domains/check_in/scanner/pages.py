"""The console's scanner page: it decides scans by the same service as the REST API, and shows the verdict."""

from dataclasses import dataclass
from typing import Any

from fastapi.responses import Response

from hub_sync.hub.console import Page, PageCall, PageRouter, _
from hub_sync.hub.console.template_context import FRAGMENT_HEADER
from hub_sync.hub.domains.check_in.checkpoints.service import list_checkpoints
from hub_sync.hub.domains.check_in.errors import (
    CheckpointNotFound,
    GroupChanged,
    ScanIdReused,
    ScanNotFound,
)
from hub_sync.hub.domains.check_in.manifest import (
    CHECK_IN_SCAN,
    CHECKPOINT_DIRECTIONS,
    SHORT_REASONS,
)
from hub_sync.hub.domains.check_in.scanner.answers import (
    ScanAnswer,
    build_answer,
    build_group_answer,
)
from hub_sync.hub.domains.check_in.scanner.forms import ScanForm
from hub_sync.hub.domains.check_in.scanner.people_search import (
    MIN_LETTERS,
    PeopleSearchResult,
    search_people,
)
from hub_sync.hub.domains.check_in.scanner.recent_scans import LIMIT, last_scans_of
from hub_sync.hub.domains.check_in.scans.caller_scans import scan_for_caller, scanner_of
from hub_sync.hub.domains.check_in.scans.groups import admit_group
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.participants.manifest import PARTICIPANTS_READ, STATUS_TONES, STATUSES
from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.text_types import Id

_PATH = "/events/{event_id}/scanner"

router = PageRouter()


@dataclass(frozen=True, slots=True)
class Undecided:
    """A scan that the hub refused to decide, in words."""

    title: str
    sentence: str


@router.get(_PATH, permissions=CHECK_IN_SCAN)
def show_scanner(page: PageCall, event_id: Id) -> Response:
    """Show the scanner. Without script it decides typed codes, one at a time."""
    return _render(page, event_id)


@router.post(_PATH, permissions=CHECK_IN_SCAN, on_error=show_scanner)
def decide_scan(page: PageCall, event_id: Id) -> Response:
    """Decide a scan and store it once. The script gets the verdict alone, a browser without it the whole page."""
    form = page.parse(ScanForm)
    try:
        answer = _decide(page, event_id, form)
    except CheckpointNotFound:
        undecided = Undecided(_("No such checkpoint"), _("This checkpoint was deleted. Choose another one."))
        return _answer(page, event_id, status=CheckpointNotFound.status, undecided=undecided)
    except (GroupChanged, ScanNotFound):
        undecided = Undecided(_("Not decided"), _("The group has changed. Scan one of them again."))
        return _answer(page, event_id, status=GroupChanged.status, undecided=undecided)
    except ScanIdReused:
        undecided = Undecided(_("Not decided"), _("This scan was begun in another sign-in. Scan once more."))
        return _answer(page, event_id, status=ScanIdReused.status, undecided=undecided)
    return _answer(page, event_id, answer=answer)


@router.get(f"{_PATH}/people", permissions=PARTICIPANTS_READ)
def list_people(page: PageCall, event_id: Id) -> Response:
    """List the people whom a search finds, for the script."""
    events.get(page.work, page.tenant_id, event_id)
    result = _search(page, event_id)
    return page.render(
        "scanner/search.html", people_result=result, event_id=event_id, **_people_context(page)
    )


def _decide(page: Page, event_id: str, form: ScanForm) -> ScanAnswer:
    caller = page.caller
    with_name = caller.has_permission(PARTICIPANTS_READ)
    with page.begin() as work:
        event = events.get(work, page.tenant_id, event_id)
        checkpoints = list_checkpoints(work, page.tenant_id, event_id)
        if form.kind == "group":
            members, scanner = form.members(), scanner_of(caller, event_id)
            scans = admit_group(work, scanner, str(form.scan_id), form.checkpoint_id, members)
            answer = build_group_answer(work, scans, form, checkpoints, with_name=with_name)
        else:
            ring = tenants.key_ring(work, page.hub.secret_box, page.tenant_id)
            request = form.request(ring, work.now())
            scans = [scan_for_caller(work, ring, caller, event_id, request)]
            key = FeedKey(page.tenant_id, event_id)
            answer = build_answer(
                work, key, scans[0], form, checkpoints, event.time_zone, with_name=with_name
            )
    for scanned in scans:
        if not scanned.repeated:
            page.hub.metrics.scans.labels(scanned.decision.result.value, "console").inc()
    return answer


def _answer(
    page: Page,
    event_id: str,
    *,
    status: int = 200,
    answer: ScanAnswer | None = None,
    undecided: Undecided | None = None,
) -> Response:
    with page.reading():
        if FRAGMENT_HEADER not in page.request.headers:
            page.sent = None  # the next scan's form is empty
            return _render(page, event_id, status=status, answer=answer, undecided=undecided)
        event = events.get(page.work, page.tenant_id, event_id)
        return page.render(
            "scanner/answer.html",
            status=status,
            event=event,
            answer=answer,
            undecided=undecided,
            short_reasons=SHORT_REASONS,
        )


def _render(
    page: Page,
    event_id: str,
    *,
    status: int = 0,
    answer: ScanAnswer | None = None,
    undecided: Undecided | None = None,
) -> Response:
    event = events.get(page.work, page.tenant_id, event_id)
    if page.problem:
        undecided = Undecided(_("Not decided"), page.problem)
        if FRAGMENT_HEADER in page.request.headers:
            return page.render("scanner/answer.html", status=status, event=event, undecided=undecided)
    checkpoints = list_checkpoints(page.work, page.tenant_id, event_id)
    chosen = page.request.query_params.get("checkpoint", "")
    if answer is not None:
        chosen = answer.form.checkpoint_id
    elif page.value("checkpoint_id"):
        chosen = str(page.value("checkpoint_id"))
    sees_names = page.caller.has_permission(PARTICIPANTS_READ)
    active = [checkpoint for checkpoint in checkpoints if checkpoint.active]
    if chosen not in {checkpoint.id for checkpoint in checkpoints}:
        chosen = active[0].id if len(active) == 1 else ""
    return page.render(
        "scanner/page.html",
        status=status,
        event=event,
        checkpoints=checkpoints,
        chosen=next((checkpoint for checkpoint in checkpoints if checkpoint.id == chosen), None),
        directions=CHECKPOINT_DIRECTIONS,
        answer=answer,
        undecided=undecided,
        scan_id=page.hub.new_id(),
        scans=last_scans_of(page.work, scanner_of(page.caller, event_id), with_names=sees_names),
        short_reasons=SHORT_REASONS,
        limit=LIMIT,
        min_letters=MIN_LETTERS,
        people_result=_search(page, event_id) if sees_names else PeopleSearchResult(),
        **_people_context(page),
    )


def _search(page: Page, event_id: str) -> PeopleSearchResult:
    typed = page.request.query_params.get("q", "")
    return search_people(page.work, page.hub.secret_box, FeedKey(page.tenant_id, event_id), typed)


def _people_context(page: Page) -> dict[str, Any]:
    return {
        "statuses": STATUSES,
        "tones": STATUS_TONES,
        "new_id": page.hub.new_id,
        "chosen_id": page.request.query_params.get("checkpoint", ""),
        "chosen_direction": page.request.query_params.get("direction", ""),
    }

"""The console's pages of bulletins: write one for stations' screens. What became of it stands on its broadcast's page."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from fastapi.responses import Response
from pydantic import BaseModel, Field

from hub_sync.contract.bulletins import MAX_BULLETIN_CHARACTERS, BulletinPriority
from hub_sync.contract.enums import DeviceProfile, DeviceStatus, MessageStatus
from hub_sync.hub.console import FormInvalid, Page, PageCall, PageRouter, _
from hub_sync.hub.console.i18n.isolation import isolated
from hub_sync.hub.console.i18n.translation import LANGUAGES
from hub_sync.hub.console.local_times import LocalTime, as_local, to_instant
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.devices.manifest import PROFILE_NAMES
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.messages.broadcasts.broadcasts import ENDED
from hub_sync.hub.domains.messages.bulletins import bulletins
from hub_sync.hub.domains.messages.bulletins.errors import (
    BulletinNobody,
    BulletinStationUnknown,
    BulletinTextMissing,
    BulletinTimesInvalid,
)
from hub_sync.hub.domains.messages.bulletins.schemas import MAX_CHECKPOINTS, MAX_NAMED_STATIONS, NewBulletin
from hub_sync.hub.domains.messages.manifest import COMMUNICATION_BROADCAST, FF_COMMUNICATION_HUB
from hub_sync.hub.domains.messages.message_templates.schemas import LanguageCode
from hub_sync.hub.domains.messages.pages import labels
from hub_sync.hub.domains.messages.tables import BroadcastMessage
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.lists.result_pages import ListPage
from hub_sync.hub.kit.text_types import Id, NoteText, SingleLineText

HERE = "/events/{event_id}/broadcasts/new/screens"
USUAL_LENGTH = timedelta(hours=1)
_ACCESS: dict[str, Any] = {"permissions": COMMUNICATION_BROADCAST, "flag": FF_COMMUNICATION_HUB}
_BESIDE: dict[Any, Any] = {
    BulletinTimesInvalid: "valid_until",
    BulletinNobody: "profiles",
    BulletinStationUnknown: "device_ids",
    BulletinTextMissing: "language",
}

RIGHT_TO_LEFT = frozenset({"ar"})

router = PageRouter()


class BulletinForm(BaseModel):
    """A new bulletin."""

    title: SingleLineText
    text_en: NoteText = ""
    text_de: NoteText = ""
    text_ar: NoteText = ""
    language: LanguageCode = "en"
    priority: BulletinPriority = BulletinPriority.INFO
    valid_from: LocalTime | None = None
    valid_until: LocalTime
    wants_answer: bool = False
    profiles: list[DeviceProfile] = Field(default_factory=list, max_length=len(DeviceProfile))
    checkpoint_ids: list[Id] = Field(default_factory=list, max_length=MAX_CHECKPOINTS)
    device_ids: list[Id] = Field(default_factory=list, max_length=MAX_NAMED_STATIONS)

    @property
    def texts(self) -> dict[str, str]:
        """The texts that were written, by language."""
        written = {code: getattr(self, f"text_{code}") for code in LANGUAGES}
        return {code: text for code, text in written.items() if text}


@router.get(HERE, **_ACCESS)
def new_bulletin(page: PageCall, event_id: Id) -> Response:
    """Show the form of a new bulletin."""
    event = events.get(page.work, page.tenant_id, event_id)
    stations = [
        station
        for station in devices.list_in_service(page.work, page.tenant_id, event_id)
        if station.status is DeviceStatus.ACTIVE
    ]
    names = check_in.checkpoint_names(page.work.session, _key(page, event_id))
    return page.render(
        "messages/bulletin_new.html",
        event=event,
        languages=LANGUAGES,
        language_options=list(LANGUAGES.items()),
        usual_language=page.speech.language,
        priorities=[(each.value, _(label), "") for each, label in labels.PRIORITIES.items()],
        profiles=[
            (profile.value, _(PROFILE_NAMES[profile]), "")
            for profile in DeviceProfile
            if any(station.profile is profile for station in stations)
        ],
        checkpoints=[
            (id_, isolated(name), "")
            for id_, name in names.items()
            if any(station.checkpoint_id == id_ for station in stations)
        ],
        stations=[
            (station.id, isolated(station.name), _(PROFILE_NAMES[station.profile])) for station in stations
        ],
        longest=MAX_BULLETIN_CHARACTERS,
        until=as_local(page.work.now() + USUAL_LENGTH, event.time_zone),
    )


@router.post(HERE, creates=True, on_error=new_bulletin, beside=_BESIDE, **_ACCESS)
def create_bulletin(page: PageCall, event_id: Id) -> Response:
    """Create it: stations that are online show it at once."""
    form = page.parse(BulletinForm)
    if not form.texts:
        raise FormInvalid({f"text_{form.language}": _("Fill this in.")})
    with page.hub.uow.read() as work:
        zone = events.get(work, page.tenant_id, event_id).time_zone
    new = NewBulletin(
        title=form.title,
        texts=form.texts,
        language=form.language,
        priority=form.priority,
        valid_from=to_instant("valid_from", form.valid_from, zone) if form.valid_from else None,
        valid_until=to_instant("valid_until", form.valid_until, zone, end=True),
        wants_answer=form.wants_answer,
        profiles=tuple(form.profiles),
        checkpoint_ids=tuple(form.checkpoint_ids),
        device_ids=tuple(form.device_ids),
    )
    with page.begin() as work:
        broadcast_id = bulletins.create(work, _key(page, event_id), new).id
    return page.redirect(
        f"/events/{event_id}/broadcasts/{broadcast_id}",
        say=_("Stations get it now; you may leave this page."),
    )


def show_bulletin(
    page: Page,
    event: events.Event,
    broadcast: BroadcastMessage,
    result: ListPage,
    figures: Mapping[MessageStatus, int],
) -> Response:
    """Show a bulletin, and what became of it at each station: the page of its broadcast."""
    names = {
        row.id: row.name
        for row in devices.list_in_service(page.work, page.tenant_id, event.id, with_former=True)
    }
    bulletin = bulletins.bulletin_of(broadcast)
    return page.render(
        "messages/bulletin.html",
        event=event,
        broadcast=broadcast,
        bulletin=bulletin,
        words=labels,
        languages=LANGUAGES,
        directions={code: "rtl" if code in RIGHT_TO_LEFT else "ltr" for code in bulletin.texts},
        result=result,
        names=names,
        figures=[(each, figures[each]) for each in labels.LEDGER_STATUSES if each in figures],
        total=sum(figures.values()),
        on_screen=figures.get(MessageStatus.DELIVERED, 0),
        is_over=broadcast.status in ENDED,
    )


def _key(page: Page, event_id: str) -> FeedKey:
    return FeedKey(page.tenant_id, event_id)

"""The page on which somebody says what the columns of a file are, and how rows find people."""

from fastapi.responses import Response

from hub_sync.hub.console import PageCall, PageRouter, _
from hub_sync.hub.console.forms import FormInvalid
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.imports import service as imports
from hub_sync.hub.domains.imports.access import ALSO, FLAG, MAY_IMPORT
from hub_sync.hub.domains.imports.drafts import storage
from hub_sync.hub.domains.imports.drafts.plans import unpack_cells
from hub_sync.hub.domains.imports.errors import (
    ImportChanged,
    ImportMappingInvalid,
    ImportStarted,
    KeyNotMapped,
    PhoneRegionUnknown,
)
from hub_sync.hub.domains.imports.importable import EXTRA
from hub_sync.hub.domains.imports.mapping.guessing import extra_field
from hub_sync.hub.domains.imports.mapping.phone_regions import country_code, regions
from hub_sync.hub.domains.imports.options import ImportOptions
from hub_sync.hub.domains.imports.pages.files import PATH, sent_number
from hub_sync.hub.domains.imports.tables import Import, ImportStage
from hub_sync.hub.domains.participants.manifest import STATUSES
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.text_types import Id

COLUMN = "column_"
_SAMPLES = 3

router = PageRouter()


@router.get(f"{PATH}/columns", permissions=MAY_IMPORT, also=ALSO, flag=FLAG)
def show_columns(page: PageCall, event_id: Id, import_id: Id) -> Response:
    """Show the columns with some of their values, and the field of each."""
    draft = imports.get(page.work, FeedKey(page.tenant_id, event_id), import_id)
    if draft.stage is ImportStage.READING:
        return page.redirect(f"/events/{event_id}/imports/{import_id}/file")
    entity = imports.PARTICIPANTS
    return page.render(
        "imports/columns.html",
        event=events.get(page.work, page.tenant_id, event_id),
        draft=draft,
        columns=[
            {
                "name": f"{COLUMN}{number}",
                "header": header,
                "samples": samples,
                "field": draft.mapping.get(str(number), ""),
                "extra": extra_field(header or f"{number + 1}"),
            }
            for number, (header, samples) in enumerate(
                zip(draft.header, _samples(page.work, draft), strict=True)
            )
        ],
        fields=entity.fields,
        options=draft.options,
        statuses=STATUSES,
        regions=[(each, f"{each} +{country_code(each)}") for each in regions()],
        is_extra=lambda name: name.startswith(EXTRA),
        rows=max(0, draft.reading.get("rows", 0) - 1),
    )


@router.post(
    f"{PATH}/columns",
    permissions=MAY_IMPORT,
    also=ALSO,
    flag=FLAG,
    on_error=show_columns,
    beside={
        KeyNotMapped: "match_by",
        PhoneRegionUnknown: "phone_region",
        ImportMappingInvalid: "",
        ImportChanged: "",
        ImportStarted: "",
    },
)
def save_columns(page: PageCall, event_id: Id, import_id: Id) -> Response:
    """Save what the columns are, and make the preview."""
    options = page.parse(ImportOptions)
    key, entity = FeedKey(page.tenant_id, event_id), imports.PARTICIPANTS
    mapping = {
        name[len(COLUMN) :]: values[-1]
        for name, values in (page.sent or {}).items()
        if name.startswith(COLUMN) and values
    }
    _refuse_twice(mapping)
    expected = sent_number(page, "version")
    with page.begin() as work:
        imports.set_mapping(work, key, import_id, entity, mapping, options, expected)
    imports.check(page.hub.uow, key, import_id, entity)
    return page.redirect(f"/events/{event_id}/imports/{import_id}/preview")


def _refuse_twice(mapping: dict[str, str]) -> None:
    """Refuse a field that two columns are mapped to, beside the second one.

    Raises:
        FormInvalid: 422.
    """
    fields: dict[str, str] = {}
    for column, name in mapping.items():
        if name and name in fields:
            raise FormInvalid({f"{COLUMN}{column}": _("Another column is this already.")})
        fields[name] = column


def _samples(work: Work, draft: Import) -> list[list[str]]:
    """Return some different values of each column."""
    rows = [
        cells for line, cells in unpack_cells(storage.first_cells(work, draft)) if line > draft.header_line
    ]
    samples: list[list[str]] = []
    for column in range(len(draft.header)):
        values = dict.fromkeys(cells[column] for cells in rows if column < len(cells) and cells[column])
        samples.append([value[:60] for value in list(values)[:_SAMPLES]])
    return samples

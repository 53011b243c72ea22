"""Request and response schemas of imports."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from hub_sync.hub.domains.imports.issues import Cause, RowOutcome
from hub_sync.hub.domains.imports.options import MAX_MENDS, Delimiter, EncodingName, ImportOptions, Mend
from hub_sync.hub.domains.imports.tables import ImportStage
from hub_sync.hub.kit.schemas import ResponseModel
from hub_sync.hub.kit.table_files.errors import MAX_COLUMNS

_MAPPING = (
    "The field of each column, by the column's number from 0: `first_name`, `last_name`, `full_name`, `email`, `phone`, "
    "`registration_code`, `external_id`, `category`, `group_ref`, `status`, or `extra:NAME` for a further detail. "
    "`extra` is all further details as a JSON object, as an export has them. Columns that are left out are ignored."
)


class ImportChanges(BaseModel):
    """Changes of an import. Members that are left out stay; the preview is made anew."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    encoding: EncodingName | None = Field(
        default=None, description="Read the file with this encoding, such as `cp1252`."
    )
    delimiter: Delimiter | None = Field(
        default=None, description="Read the file with this character between the columns."
    )
    sheet: str | None = Field(default=None, max_length=200, description="Read this sheet of the workbook.")
    header_line: int | None = Field(
        default=None,
        ge=0,
        description="The line with the names of the columns; the rows are below it. 0: the file has no names.",
    )
    mapping: Annotated[dict[str, str], Field(max_length=MAX_COLUMNS)] | None = Field(
        default=None, description=_MAPPING
    )
    options: ImportOptions | None = Field(
        default=None, description="How rows find people, and how values are read."
    )
    mends: Annotated[list[Mend], Field(max_length=MAX_MENDS, fail_fast=True)] | None = Field(
        default=None, description="The corrections; they replace those that there are."
    )

    @property
    def changes_only_mends(self) -> bool:
        """True if nothing but the corrections is to be changed."""
        return {name for name, value in self if value is not None} == {"mends"}


class ImportResponse(ResponseModel):
    """An import. It is `PREVIEW` once it can be run."""

    id: str = Field(description="Id of the import.")
    event_id: str = Field(description="Id of the event.")
    file_name: str = Field(description="The name of the file.")
    file_size: int = Field(description="Bytes of the file.")
    file_sha256: str = Field(description="SHA-256 of the file.")
    stage: ImportStage = Field(
        description="`READING`: choose an encoding; `MAPPING`: say what the columns are; `PREVIEW`: run it; "
        "`STARTED`: it is the bulk operation `operation_id`."
    )
    reading: dict[str, Any] = Field(
        description="How the file was read: format, encoding, delimiter, sheet, sheets, rows, columns; or `readings`, the "
        "ways to read lines that are no Unicode, likeliest first."
    )
    header_line: int = Field(description="The line with the names of the columns; 0: the file has none.")
    header: list[str] = Field(description="The names of the columns.")
    mapping: dict[str, Any] = Field(description=_MAPPING)
    options: dict[str, Any] = Field(description="How rows find people, and how values are read.")
    mends: list[Any] = Field(description="The corrections.")
    summary: dict[str, Any] | None = Field(
        description="The preview: the number of rows by outcome, and the problems by cause with examples and the texts "
        "in question; `version` is that of the import that was previewed; null: there is none yet."
    )
    operation_id: str | None = Field(description="The bulk operation that runs it; null: not started.")
    requested_by: str = Field(description="Who sent the file.")
    version: int = Field(description="Version, which grows with every change; it is the ETag.")
    created_at: datetime = Field(description="Time of creation, UTC.")
    updated_at: datetime = Field(description="Time of the last change, UTC.")


class ImportIssueResponse(ResponseModel):
    """A problem of a row."""

    cause: Cause = Field(description="Its kind.")
    field: str = Field(description="The field; empty: it is about the row.")
    text: str = Field(description="What the file has there.")
    is_error: bool = Field(description="True: the row is refused because of it.")
    message: str = Field(description="The problem in a sentence.")


class ImportRowResponse(ResponseModel):
    """A row of the preview."""

    line: int = Field(description="The line in the file.")
    outcome: RowOutcome = Field(description="What becomes of it.")
    participant_id: str | None = Field(description="Who is registered already; null: nobody.")
    values: dict[str, Any] = Field(description="The values that are stored.")
    before: dict[str, Any] = Field(description="Of those that change, what they are.")
    issues: list[ImportIssueResponse] = Field(description="What is wrong, or worth a look.")


class ImportRowsResponse(ResponseModel):
    """A page of the rows of a preview."""

    total: int = Field(description="The number of rows with this outcome.")
    page: int = Field(description="The page, from 1.")
    pages: int = Field(description="The number of pages.")
    rows: list[ImportRowResponse] = Field(description="The rows, in the order of the file.")

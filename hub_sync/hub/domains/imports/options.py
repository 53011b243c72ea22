"""How the file of an import is read, its options, and the corrections ("mends") that people make in its preview."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from hub_sync.contract.enums import ParticipantStatus
from hub_sync.hub.domains.imports.issues import Cause
from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.table_files.csv_rows import DELIMITERS
from hub_sync.hub.kit.table_files.decoding import READABLE
from hub_sync.hub.kit.text_types import ExpectedFormat, reject_nul

MAX_MENDS = 1_000
LONGEST_TEXT = 1_000
Text = Annotated[str, StringConstraints(max_length=LONGEST_TEXT), AfterValidator(reject_nul)]
LONGEST_FIELD_NAME = 80
FieldName = Annotated[
    str, StringConstraints(min_length=1, max_length=LONGEST_FIELD_NAME), AfterValidator(reject_nul)
]

EncodingName = Annotated[
    str,
    StringConstraints(pattern="^(" + "|".join(("", *READABLE)) + ")$"),
    ExpectedFormat(N_("The name of an encoding of the list, such as utf-8.")),
]
"""An encoding; empty: it is found."""
Delimiter = Annotated[
    str,
    StringConstraints(pattern=f"^[{''.join(DELIMITERS)}]?$"),
    ExpectedFormat(N_("A character of the list, such as “;”.")),
]
"""A character between columns; empty: it is found."""


class MatchKey(StrEnum):
    """By what a row finds somebody who is registered."""

    NONE = "none"
    REGISTRATION_CODE = "registration_code"
    EXTERNAL_ID = "external_id"
    EMAIL = "email"


class Unmatched(StrEnum):
    """The treatment of rows that match nobody."""

    CREATE = "create"
    REFUSE = "refuse"


class Matched(StrEnum):
    """The treatment of people who are registered."""

    UPDATE = "update"
    SKIP = "skip"


class NameOrder(StrEnum):
    """The order of a full name; with a comma, the last name is before it."""

    FIRST_LAST = "first_last"
    LAST_FIRST = "last_first"


class ImportOptions(BaseModel):
    """The choices about an import."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    match_by: MatchKey = Field(
        default=MatchKey.NONE, description="The field by which a row finds somebody who is registered."
    )
    matched: Matched = Field(
        default=Matched.UPDATE, description="Whether people who are registered are changed, or left alone."
    )
    unmatched: Unmatched = Field(
        default=Unmatched.CREATE, description="Whether rows that match nobody are created or refused."
    )
    clear_empty: bool = Field(
        default=False,
        description="Whether an empty cell removes what is stored; otherwise it changes nothing.",
    )
    name_order: NameOrder = Field(
        default=NameOrder.FIRST_LAST,
        description="How full names are written. “Last, First” is always understood.",
    )
    phone_region: Annotated[
        str, StringConstraints(pattern=r"^([A-Z]{2})?$"), ExpectedFormat(N_("Two letters, such as DE."))
    ] = Field(
        default="",
        description="The country (ISO 3166) of phone numbers without a country code; empty: they stay as they are.",
    )
    new_status: ParticipantStatus = Field(
        default=ParticipantStatus.APPROVED, description="The status of new participants whose row has none."
    )


class ReplaceMend(BaseModel):
    """Read one text of a field as another, in all rows."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["replace"] = "replace"
    field: FieldName
    text: Text
    by: Text


class DefaultMend(BaseModel):
    """Fill a field in where it is empty."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["default"] = "default"
    field: FieldName
    by: Text


class ClearMend(BaseModel):
    """Leave a field out of the rows where it has this problem."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["clear"] = "clear"
    field: FieldName
    cause: Cause


class SkipMend(BaseModel):
    """Leave the rows out that have this problem."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["skip"] = "skip"
    field: Annotated[str, StringConstraints(max_length=LONGEST_FIELD_NAME), AfterValidator(reject_nul)] = ""
    cause: Cause


class RowMend(BaseModel):
    """Change one field of one row."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["row"] = "row"
    line: int = Field(ge=1)
    field: FieldName
    by: Text


Mend = Annotated[ReplaceMend | DefaultMend | ClearMend | SkipMend | RowMend, Field(discriminator="kind")]

"""Errors of imports."""

from collections.abc import Mapping

from hub_sync.hub.domains.imports.issues import SENTENCES as ROW_SENTENCES
from hub_sync.hub.domains.imports.issues import Issue
from hub_sync.hub.kit.errors import Conflict, NotFound, PreconditionFailed, Unprocessable
from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.table_files.errors import FileRefused, RefusalCode

SENTENCES: Mapping[RefusalCode, str] = {
    RefusalCode.EMPTY: N_("The file is empty."),
    RefusalCode.TOO_LARGE: N_(
        "The file has more than the %(limit)s MiB that are read. Split it, or save it as CSV."
    ),
    RefusalCode.TOO_MANY_ROWS: N_("The file has more than the %(limit)s rows that are read. Split it."),
    RefusalCode.TOO_MANY_COLUMNS: N_("Line %(line)s has more than the %(limit)s columns that are read."),
    RefusalCode.CELL_TOO_LONG: N_("Line %(line)s has a cell of more than %(limit)s characters."),
    RefusalCode.QUOTE_NEVER_ENDS: N_("In line %(line)s a quotation mark begins that never ends."),
    RefusalCode.NUL: N_("Line %(line)s has a NUL character: the file is damaged, or is no text."),
    RefusalCode.ENCODING_UNFIT: N_("Line %(line)s can't be read with this encoding. Choose another one."),
    RefusalCode.NOT_A_TABLE: N_("This is no CSV file and no Excel workbook."),
    RefusalCode.OLD_EXCEL: N_(
        "This is a workbook of Excel 2003 or older. Save it as .xlsx or CSV, then send it again."
    ),
    RefusalCode.PASSWORD: N_(
        "The workbook is protected with a password. Save it without one, then send it again."
    ),
    RefusalCode.MACROS: N_("The workbook has macros. Save it as .xlsx, without macros, then send it again."),
    RefusalCode.OTHER_WORKBOOK: N_(
        "This kind of workbook is not read. Save it as .xlsx or CSV, then send it again."
    ),
    RefusalCode.DAMAGED: N_(
        "The file is damaged, or is something other than its name says. Save it anew, as .xlsx or CSV."
    ),
    RefusalCode.NO_SHEET: N_("The workbook has no such visible sheet."),
    RefusalCode.WORKBOOK_TOO_LARGE: N_(
        "The workbook unpacks to too much: a cell may stand far below or beside the others. Copy the rows to a new sheet, or save it as CSV."
    ),
    RefusalCode.TOO_MUCH_WORK: N_(
        "To read this file takes too long. Copy the rows to a new sheet, or save it as CSV."
    ),
}


class ImportNotFound(NotFound):
    """The event has no such import."""

    template = N_("There is no such import.")


class ImportFileRefused(Unprocessable):
    """The file can't be read; `reason` says why."""

    template = N_("The file can't be read.")

    def __init__(self, refused: FileRefused) -> None:
        """Take the reason."""
        self.template = SENTENCES[refused.code]
        super().__init__(reason=refused.code.value, **refused.parameters)


class SheetWithoutWorkbook(Unprocessable):
    """A sheet was named of a file that has none."""

    template = N_("The file is no workbook, and has no sheets: leave the sheet out.")


class EncodingOfWorkbook(Unprocessable):
    """An encoding or a delimiter was named for a workbook, which has neither."""

    template = N_("The file is a workbook: leave encoding and delimiter out.")


class ImportChanged(PreconditionFailed):
    """The import was changed after it was read."""

    template = N_("Somebody else changed this import meanwhile. Look at it again.")


class ImportStarted(Conflict):
    """The import runs, or has run: nothing of it can be changed any more."""

    template = N_("This import has been started. To change it, take it back, and send the file again.")


class ImportNotReady(Conflict):
    """There is no preview for this mapping yet."""

    template = N_("Say what the columns are, and look at the preview first.")


class ImportEmpty(Conflict):
    """The preview has nobody to create or to change."""

    template = N_("There is nobody to create or to change.")


class ImportMappingInvalid(Unprocessable):
    """The mapping names a column or a field that there is not, or a field twice."""

    template = N_("The mapping can't be used.")


class FieldTwice(ImportMappingInvalid, variant=True):
    """Two columns are mapped to one field."""

    template = N_("Two columns are mapped to “%(field)s”.")


class FieldUnknown(ImportMappingInvalid, variant=True):
    """There is no such field."""

    template = N_("There is no field “%(field)s”.")


class PhoneRegionUnknown(ImportMappingInvalid, variant=True):
    """No country with phone numbers has this code."""

    template = N_("There is no country “%(region)s” that has phone numbers.")


class ColumnUnknown(ImportMappingInvalid, variant=True):
    """The file has no such column."""

    template = N_("The file has no column “%(column)s”.")


class NothingMapped(ImportMappingInvalid, variant=True):
    """No column is mapped."""

    template = N_("Say of one column at least what it is.")


class KeyNotMapped(ImportMappingInvalid, variant=True):
    """People are to be matched by a field that no column has."""

    template = N_("To match people by “%(field)s”, a column has to be mapped to it.")


class HeaderMissing(ImportMappingInvalid, variant=True):
    """There is no row at the line of the columns' names."""

    template = N_("Line %(line)s has no names of columns.")


class TooManyMends(Unprocessable):
    """The import has as many corrections as it can have."""

    template = N_("An import has at most %(most)s corrections. Mend the rest in the file.")


class RowNotFound(NotFound):
    """The file has no such row."""

    template = N_("The file has no row at this line.")


class ImportRowRefused(Unprocessable):
    """A row can't be imported; `cause` says why."""

    template = N_("The row can't be imported.")

    def __init__(self, issue: Issue) -> None:
        """Take the problem."""
        self.template = ROW_SENTENCES[issue.cause]
        super().__init__(cause=issue.cause.value, field=issue.field, **issue.parameters)


class ImportRowLeftOut(Conflict):
    """Somebody chose to leave the row out."""

    template = N_("Left out, as somebody chose.")


class ImportRowUnchanged(ImportRowLeftOut, variant=True):
    """The participant is registered like this already."""

    template = N_("Registered like this already.")

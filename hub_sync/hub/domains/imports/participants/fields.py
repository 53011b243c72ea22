"""The fields of participants, and the names of columns that mean them in English, German and Arabic."""

from collections.abc import Mapping

from hub_sync.contract.enums import ParticipantStatus
from hub_sync.hub.domains.imports.importable import ImportField
from hub_sync.hub.kit.i18n import N_
from hub_sync.rules.text_normalization import normalize_name


def _field(name: str, label: str, headers: str, *, is_text: bool = False) -> ImportField:
    folded = frozenset(" ".join(normalize_name(each).split()) for each in headers.split("|"))
    return ImportField(name, label, folded, is_text)


FULL_NAME, DETAILS = "full_name", "extra"
"""`DETAILS` is all further details as one JSON object, as an export of participants has them."""
FIELDS: Mapping[str, ImportField] = {
    field.name: field
    for field in (
        _field(
            "first_name",
            N_("First name"),
            "first name|firstname|given name|givenname|forename|vorname|rufname|prenom|الاسم الاول|الاسم الأول|first",
        ),
        _field(
            "last_name",
            N_("Last name"),
            "last name|lastname|surname|family name|familyname|nachname|familienname|zuname|nom de famille|اسم العائلة|الاسم الاخير|الاسم الأخير|الكنية|last",
        ),
        _field(
            FULL_NAME,
            N_("Full name"),
            "name|full name|fullname|participant|participant name|attendee|attendee name|guest|teilnehmer|teilnehmerin|teilnehmername|vollstandiger name|ganzer name|vor und nachname|gast|الاسم|الاسم الكامل|اسم المشارك|المشارك",
        ),
        _field(
            "email",
            N_("E-mail"),
            "email|mail|email address|mail address|mailadresse|email adresse|emailadresse|mail adresse|البريد الالكتروني|البريد الإلكتروني|البريد|الايميل|الإيميل",
        ),
        _field(
            "phone",
            N_("Phone"),
            "phone|phone number|telephone|tel|mobile|mobile number|mobile phone|cell|cell phone|telefon|telefonnummer|mobil|mobilnummer|handy|handynummer|rufnummer|الهاتف|رقم الهاتف|الجوال|رقم الجوال|الموبايل",
            is_text=True,
        ),
        _field(
            "registration_code",
            N_("Registration code"),
            "registration code|code|ticket code|ticketcode|registration|reg code|booking code|anmeldecode|registrierungscode|buchungscode|ticket|رمز التسجيل|الرمز|كود التسجيل|الكود",
            is_text=True,
        ),
        _field(
            "external_id",
            N_("External id"),
            "external id|externalid|id|member id|membership number|customer id|customer number|crm id|personal number|employee number|externe id|externe nummer|mitgliedsnummer|kundennummer|personalnummer|nummer|المعرف|المعرف الخارجي|رقم العضوية|رقم العميل",
            is_text=True,
        ),
        _field(
            "category",
            N_("Category"),
            "category|ticket type|tickettype|type|role|kategorie|ticketart|tickettyp|art|rolle|الفئة|النوع|نوع التذكرة|التصنيف",
        ),
        _field(
            "group_ref",
            N_("Group"),
            "group|order|order number|order id|booking|family|party|gruppe|bestellung|bestellnummer|auftragsnummer|buchung|familie|المجموعة|رقم الطلب|الطلب|العائلة",
            is_text=True,
        ),
        _field(
            "status",
            N_("Status"),
            "status|state|registration status|anmeldestatus|zustand|الحالة|حالة التسجيل",
        ),
        ImportField(DETAILS, N_("Further details")),
    )
}
"""In the order in which the console offers them."""
EXPORT_MARKS = frozenset(("registration_code", "external_id", "extra", "tickets_valid_from"))
"""The names of columns by which an export of participants is known (`participants.lists.COLUMNS`)."""
EXPORT_ONLY = frozenset(("id", "photo", "tickets_valid_from", "created_at", "updated_at"))
"""The columns of an export that are the hub's own."""

_S = ParticipantStatus
STATUS_WORDS: Mapping[str, ParticipantStatus] = {
    normalize_name(word): status
    for status, words in {
        _S.APPROVED: "approved|confirmed|accepted|yes|paid|registered|ok|bestätigt|zugesagt|angenommen|genehmigt|freigegeben|bezahlt|ja|angemeldet|zugelassen|مقبول|مؤكد|موافق عليه|معتمد|نعم|مدفوع",
        _S.PENDING: "pending|waiting|open|requested|unconfirmed|new|unpaid|ausstehend|offen|wartet|angefragt|in prüfung|neu|unbezahlt|معلق|قيد الانتظار|قيد المراجعة|جديد",
        _S.REJECTED: "rejected|declined|refused|denied|no|abgelehnt|abgesagt|nein|مرفوض|لا",
        _S.CANCELLED: "cancelled|canceled|cancellation|withdrawn|refunded|storniert|abgemeldet|zurückgezogen|erstattet|ملغى|ملغي|منسحب",
    }.items()
    for word in words.split("|")
}
"""How files write a status."""

"""Make the message of one recipient out of a template. Previews, mails and web copies all come from here."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from markupsafe import Markup

from hub_sync.contract.enums import MessageChannel
from hub_sync.hub.console.i18n.translation import Speech, _, speaking
from hub_sync.hub.domains.messages.delivery.compose import TICKET_IMAGE
from hub_sync.hub.domains.messages.message_templates import language, mail_html
from hub_sync.hub.domains.messages.message_templates.errors import HeaderUnsafe, MessageTooLarge

LONGEST = {MessageChannel.SMS: 1_600, MessageChannel.PUSH: 2_000, MessageChannel.KIOSK: 500}
"""Characters of a message's text: ten parts of an SMS, what push services take, what a kiosk shows."""
LONGEST_SUBJECT = 500
OF_FOOT = ("web.link", "unsubscribe.link")
"""Links that stand below a mail whose text does not have them."""
_UNSAFE = frozenset("\r\n\x00")


@dataclass(frozen=True, slots=True)
class TemplateText:
    """What a message is made of.

    Attributes:
        channel: the channel.
        subject: a template; the title of a push message. An SMS has none.
        body: a template: HTML or plain paragraphs for a mail, plain text for the others.
        defaults: values that stand in for empty ones, by the names of variables.
    """

    channel: MessageChannel
    subject: str
    body: str
    defaults: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ComposedMessage:
    """The message of one recipient.

    Attributes:
        subject: one line.
        text: the plain text.
        html: the page of a mail; None for other channels.
        missing: the variables that are printed, and have neither a value nor a default.
    """

    subject: str
    text: str
    html: str | None
    missing: tuple[str, ...] = ()

    @property
    def has_ticket_image(self) -> bool:
        """True if the page shows the ticket's QR code."""
        return self.html is not None and f"cid:{TICKET_IMAGE}" in self.html


def check(text: TemplateText) -> frozenset[str]:
    """Check both templates, and return the variables that they name.

    Raises:
        TemplateTooLarge, TemplateUnreadable, TemplateVariableUnknown, TemplateConstructRefused, HeaderUnsafe: 422.
    """
    require_line("subject", text.subject)
    return names_of(text)


def compose(text: TemplateText, values: Mapping[str, str], speech: Speech) -> ComposedMessage:
    """Return the message of one recipient.

    Args:
        text: the template.
        values: by the names of variables; an empty one is replaced by the template's default.
        speech: the recipient's language.

    Raises:
        HeaderUnsafe: the subject would have a line break or a NUL (422).
        MessageTooLarge: 422. As `check`.
    """
    complete = filled(text, values)
    subject = language.render(text.subject, complete)
    require_line("subject", subject.text)
    line = " ".join(subject.text.split())
    if len(line) > LONGEST_SUBJECT:
        raise MessageTooLarge(limit=LONGEST_SUBJECT)
    if text.channel is MessageChannel.EMAIL:
        return _mail(text.body, complete, speech, line, subject.missing)
    body = language.render(text.body, complete)
    plain = body.text.replace("\x00", "").strip()
    if len(plain) > LONGEST[text.channel]:
        raise MessageTooLarge(limit=LONGEST[text.channel])
    return ComposedMessage(line, plain, None, _joined(subject.missing, body.missing))


def filled(text: TemplateText, values: Mapping[str, str]) -> dict[str, str]:
    """Return the values of a message: those that are not empty, and defaults in place of the others."""
    return {**text.defaults, **{name: value for name, value in values.items() if value}}


def names_of(text: TemplateText) -> frozenset[str]:
    """Return the variables that a template names.

    Raises:
        TemplateTooLarge, TemplateUnreadable, TemplateVariableUnknown, TemplateConstructRefused: 422.
    """
    return language.check(text.subject) | language.check(text.body)


def find_missing(text: TemplateText, values: Mapping[str, str]) -> tuple[str, ...]:
    """Return the variables that the message of a recipient would lack; much cheaper than to compose it.

    Raises:
        HeaderUnsafe, MessageTooLarge: 422.
    """
    complete = filled(text, values)
    subject = language.render(text.subject, complete)
    require_line("subject", subject.text)
    body = language.render(text.body, complete)
    if text.channel in LONGEST and len(body.text.strip()) > LONGEST[text.channel]:
        raise MessageTooLarge(limit=LONGEST[text.channel])
    return _joined(subject.missing, body.missing)


def require_line(name: str, value: str) -> None:
    """Raise unless a value fits into a header of a mail: `EmailMessage` would raise a ValueError that nobody reads.

    Raises:
        HeaderUnsafe: 422.
    """
    if not _UNSAFE.isdisjoint(value):
        raise HeaderUnsafe(field=name)


def _mail(
    source: str, values: Mapping[str, str], speech: Speech, subject: str, missing: tuple[str, ...]
) -> ComposedMessage:
    if "ticket.qr" in values:
        image = Markup('<img src="cid:{}" alt="{}" width="240" height="240">')
        values = {**values, "ticket.qr": image.format(TICKET_IMAGE, values["ticket.qr"])}
    body = language.render(source, values, is_html=True)
    html = body.text if mail_html.has_blocks(source) else mail_html.as_paragraphs(body.text)
    content, foot = mail_html.clean(html.replace("\x00", "")), _foot(values, source, speech)
    page = mail_html.in_layout(
        content, foot, language=speech.language, direction=speech.direction, title=subject
    )
    plain = mail_html.to_text(content)
    if foot:
        plain = f"{plain}\n\n-- \n{mail_html.to_text(foot)}"
    return ComposedMessage(subject, plain, page, _joined(missing, body.missing))


def _foot(values: Mapping[str, str], source: str, speech: Speech) -> str:
    """Return the links below a mail that its text does not have."""
    with speaking(speech):
        words = dict(zip(OF_FOOT, (_("View this message in the browser"), _("Unsubscribe")), strict=True))
    link = Markup('<a href="{}">{}</a>')
    links = [
        link.format(values[name], label)
        for name, label in words.items()
        if values.get(name) and name not in source
    ]
    return mail_html.clean(Markup("<br>").join(links)) if links else ""


def _joined(*parts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for part in parts for name in part))

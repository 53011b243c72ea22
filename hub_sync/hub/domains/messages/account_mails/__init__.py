"""The mails of accounts (`accounts.link_mails`): invitations and links to set a new password."""

from sqlalchemy import select

from hub_sync.contract.enums import MessageChannel, MessagePurpose
from hub_sync.hub.console import _
from hub_sync.hub.console.i18n import formats
from hub_sync.hub.console.i18n.isolation import isolated
from hub_sync.hub.console.i18n.translation import DEFAULT, LANGUAGES, speaking
from hub_sync.hub.domains.accounts.link_mails import LinkMail
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.messages.delivery import outbox
from hub_sync.hub.domains.messages.delivery.compose import OutgoingMessage, RenderedMessage
from hub_sync.hub.domains.messages.errors import MessageHeaderInvalid, RecipientInvalid
from hub_sync.hub.domains.messages.manifest import FF_COMMUNICATION_HUB
from hub_sync.hub.domains.messages.message_templates.recipients import speech_for
from hub_sync.hub.domains.messages.tables import MessageSender
from hub_sync.hub.kit.db.unit_of_work import Work


class OutboxMailer:
    """Queues the mails in the tenant's outbox; their content is stored encrypted, and forgotten once it went out."""

    def can_send(self, work: Work, tenant_id: str) -> bool:
        """Return True if the tenant's e-mail account works as far as is known."""
        account = select(MessageSender.id).where(
            MessageSender.tenant_id == tenant_id,
            MessageSender.channel == MessageChannel.EMAIL,
            MessageSender.is_default,
            MessageSender.is_enabled,
            MessageSender.problem.is_(None),
        )
        is_on = feature_flags.is_on(work, tenant_id, FF_COMMUNICATION_HUB)
        return is_on and work.session.scalar(account.limit(1)) is not None

    def send(self, work: Work, mail: LinkMail) -> bool:
        """Queue a mail; return False if its address or its words can't be sent."""
        language = mail.language if mail.language in LANGUAGES else DEFAULT
        with speaking(speech_for(language)):
            content = _content(mail)
        message = OutgoingMessage(
            tenant_id=mail.tenant_id,
            channel=MessageChannel.EMAIL,
            recipient=mail.recipient,
            purpose=MessagePurpose.TRANSACTIONAL,
            dedupe_key=f"account:{work.new_id()}",
            content=content,
            locale=language,
            latest_at=mail.expires_at,
        )
        try:
            outbox.enqueue(work, message)
        except (RecipientInvalid, MessageHeaderInvalid):
            return False
        return True


def _content(mail: LinkMail) -> RenderedMessage:
    """Return the mail in the language that is spoken now."""
    until = f"{formats.moment(mail.expires_at, 'UTC')} (UTC)"
    parameters = {"organisation": mail.organisation, "name": mail.name}
    hello = _("Hello %(name)s,") % parameters if mail.name else _("Hello,")
    if mail.is_invitation:
        subject = _("Your invitation to %(organisation)s") % parameters
        what = _("You are invited to work with %(organisation)s. Choose your password here:")
    else:
        subject = _("A new password for %(organisation)s") % parameters
        what = _("You can choose a new password for your account at %(organisation)s here:")
    ends = _("The link works once, until %(until)s.") % {"until": until}
    otherwise = _("If you did not expect this, do nothing: your account stays as it is.")
    what %= {"organisation": isolated(mail.organisation)}
    text = f"{hello}\n\n{what}\n\n{mail.link}\n\n{ends}\n\n{otherwise}\n"
    return RenderedMessage(" ".join(subject.split()), text)


MAILER = OutboxMailer()

"""Templates with their versions: drafts, publishing, and which version counts for an event, a channel and a language."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Select, bindparam, case, func, select

from hub_sync.contract.enums import MessageChannel
from hub_sync.hub.console.i18n.translation import DEFAULT, LANGUAGES
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.messages.images import images
from hub_sync.hub.domains.messages.manifest import (
    TEMPLATE_ARCHIVED,
    TEMPLATE_CREATED,
    TEMPLATE_DELETED,
    TEMPLATE_PUBLISHED,
    TEMPLATE_UPDATED,
)
from hub_sync.hub.domains.messages.message_templates import composition, shipped
from hub_sync.hub.domains.messages.message_templates.composition import TemplateText
from hub_sync.hub.domains.messages.message_templates.errors import (
    MessageTemplateChanged,
    MessageTemplateExists,
    MessageTemplateInUse,
    MessageTemplateNameTaken,
    MessageTemplateNotFound,
    MessageTemplatePublished,
    TemplateVariableUnknown,
)
from hub_sync.hub.domains.messages.message_templates.schemas import MessageTemplateChanges, NewMessageTemplate
from hub_sync.hub.domains.messages.message_templates.variables import VARIABLES
from hub_sync.hub.domains.messages.tables import MessageTemplate
from hub_sync.hub.kit.db.name_column import lock_names
from hub_sync.hub.kit.db.optimistic_locking import IfVersion, check_version
from hub_sync.hub.kit.db.row_snapshots import snapshot
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.rules.text_normalization import name_key

ALL = select(MessageTemplate).where(MessageTemplate.tenant_id == bindparam("t"))
"""All versions of all templates of the tenant `t`."""
_T = MessageTemplate
_PROGRAM = "system"
"""Who created what is shipped."""


def all_of(tenant_id: str) -> Select[MessageTemplate]:
    """Return the query of a tenant's templates, all versions."""
    return ALL.params(t=tenant_id)


def get(work: Work, tenant_id: str, template_id: str) -> MessageTemplate:
    """Return a version of a template.

    Raises:
        MessageTemplateNotFound: 404.
    """
    template = work.session.get(_T, (tenant_id, template_id))
    if template is None:
        raise MessageTemplateNotFound
    return template


def text_of(template: MessageTemplate, defaults: Mapping[str, str] | None = None) -> TemplateText:
    """Return what messages of a version are made of; `defaults` come before its own."""
    return TemplateText(
        template.channel, template.subject, template.body, {**template.defaults, **(defaults or {})}
    )


def create(work: Work, tenant_id: str, new: NewMessageTemplate) -> MessageTemplate:
    """Create a draft: the first version of a template, or the next one.

    Raises:
        EventNotFound: 404. MessageTemplateExists: there is a draft already (409).
        MessageTemplateNameTaken: another template's name differs by capital letters only (409).
        TemplateTooLarge, TemplateUnreadable, TemplateVariableUnknown, TemplateConstructRefused, HeaderUnsafe: 422.
        MessageImageUnknown, MessageImagesTooLarge: 422.
    """
    if new.event_id is not None:
        events.check_exists(work, tenant_id, new.event_id)
    _check(work, tenant_id, TemplateText(new.channel, new.subject, new.body, new.defaults))
    lock_names(work, _T, tenant_id)
    _check_spelling(work, tenant_id, new.name)
    versions = _versions(work, tenant_id, new.event_id, new.name, new.channel, new.locale)
    if any(each.published_at is None for each in versions):
        raise MessageTemplateExists
    template = _T(
        tenant_id=tenant_id,
        id=work.new_id(),
        scope=new.event_id or "",
        version=max((each.version for each in versions), default=0) + 1,
        revision=1,
        created_by=work.actor,
        **new.model_dump(),
    )
    work.session.add(template)
    work.session.flush()
    audit.record(work, tenant_id, TEMPLATE_CREATED, template.id, after=snapshot(template))
    return template


def update(
    work: Work,
    tenant_id: str,
    template_id: str,
    changes: MessageTemplateChanges,
    if_version: IfVersion = None,
) -> MessageTemplate:
    """Change the members of a draft that `changes` names.

    Raises:
        MessageTemplateNotFound: 404. MessageTemplatePublished: 409. MessageTemplateChanged: 412. As `create`: 422.
    """
    template = _get_draft(work, tenant_id, template_id, if_version)
    before, values = snapshot(template), changes.model_dump(exclude_unset=True)
    wanted = {name: values.get(name, getattr(template, name)) for name in ("subject", "body", "defaults")}
    _check(work, tenant_id, TemplateText(template.channel, **wanted))
    for name, value in values.items():
        setattr(template, name, value)
    if snapshot(template) == before:
        return template
    template.revision += 1
    work.session.flush()
    audit.record(work, tenant_id, TEMPLATE_UPDATED, template.id, before=before, after=snapshot(template))
    return template


def publish(work: Work, tenant_id: str, template_id: str, if_version: IfVersion = None) -> MessageTemplate:
    """Publish a draft: it counts from now on, and never changes again.

    Raises:
        MessageTemplateNotFound: 404. MessageTemplatePublished: 409. MessageTemplateChanged: 412.
    """
    template = _get_draft(work, tenant_id, template_id, if_version)
    template.published_at = work.now()
    template.revision += 1
    work.session.flush()
    audit.record(work, tenant_id, TEMPLATE_PUBLISHED, template.id, after=_summary(template))
    return template


def delete(work: Work, tenant_id: str, template_id: str, if_version: IfVersion = None) -> None:
    """Delete a draft.

    Raises:
        MessageTemplateNotFound: 404. MessageTemplateInUse: it is published (409). MessageTemplateChanged: 412.
    """
    template = _get_for_update(work, tenant_id, template_id, if_version)
    if template.published_at is not None:
        raise MessageTemplateInUse
    audit.record(work, tenant_id, TEMPLATE_DELETED, template.id, before=snapshot(template))
    work.session.delete(template)
    work.session.flush()


def archive(work: Work, tenant_id: str, template_id: str) -> MessageTemplate:
    """Take a version and those before it out of use; what was queued is sent. The shipped template counts again, if there is one.

    Raises:
        MessageTemplateNotFound: 404.
    """
    template = _get_for_update(work, tenant_id, template_id, None)
    for each in _versions(
        work, tenant_id, template.event_id, template.name, template.channel, template.locale
    ):
        if each.version <= template.version and each.archived_at is None and each.published_at is not None:
            each.archived_at = work.now()
            each.revision += 1
    work.session.flush()
    audit.record(work, tenant_id, TEMPLATE_ARCHIVED, template.id, after=_summary(template))
    return template


def resolve(
    work: Work, tenant_id: str, event_id: str, name: str, channels: Sequence[MessageChannel]
) -> dict[str, dict[str, str]]:
    """Return the ids of the versions that count now, by channel and language: `{"EMAIL": {"en": …}}`.

    The event's own come before the organisation's, and those before the shipped ones, which are stored with their first use.
    """
    return {
        channel.value: {
            language: template.id
            for language in LANGUAGES
            if (template := _counting(work, tenant_id, event_id, name, channel, language)) is not None
        }
        for channel in channels
    }


def brings_ticket(template: MessageTemplate) -> bool:
    """Return True if the message has the ticket, as a file or as a code in its text: whoever has it is admitted."""
    return template.has_ticket or "ticket.qr" in template.body


def choose(versions: Mapping[str, str], language: str, usual: str) -> str | None:
    """Return the id of the version in a language, in the usual one, in English, or in any."""
    for wanted in (language, usual, DEFAULT):
        if wanted in versions:
            return versions[wanted]
    return next(iter(versions.values()), None)


def names_for(work: Work, tenant_id: str, event_id: str) -> dict[str, list[MessageChannel]]:
    """Return the names of all templates that an event can use, each with its channels; the shipped ones come first."""
    names = {name: list(shipped.channels_of(name)) for name in shipped.OCCASIONS}
    query = (
        select(_T.name, _T.channel)
        .where(
            _T.tenant_id == tenant_id,
            _T.scope.in_(["", event_id]),
            _T.published_at.is_not(None),
            _T.archived_at.is_(None),
        )
        .distinct()
        .order_by(_T.name, _T.channel)
    )
    for name, channel in work.session.execute(query):
        channels = names.setdefault(name, [])
        if channel not in channels:
            channels.append(channel)
    return names


def latest_versions(work: Work, tenant_id: str, scope: str) -> list[MessageTemplate]:
    """Return the newest version of each template of an event, or of the organisation ("")."""
    newest = func.max(_T.version).over(partition_by=(_T.name, _T.channel, _T.locale)).label("newest")
    ranked = select(_T.id, _T.version, newest).where(_T.tenant_id == tenant_id, _T.scope == scope).subquery()
    query = (
        select(_T)
        .join(ranked, ranked.c.id == _T.id)
        .where(_T.tenant_id == tenant_id, ranked.c.version == ranked.c.newest)
        .order_by(_T.name, _T.channel, _T.locale)
    )
    return list(work.session.scalars(query))


def versions_of(work: Work, template: MessageTemplate) -> Sequence[MessageTemplate]:
    """Return all versions of a template, the newest first."""
    return _versions(
        work, template.tenant_id, template.event_id, template.name, template.channel, template.locale
    )


def _counting(
    work: Work, tenant_id: str, event_id: str, name: str, channel: MessageChannel, language: str
) -> MessageTemplate | None:
    own = case((_T.scope == event_id, 0), else_=1)
    query = (
        select(_T)
        .where(
            _T.tenant_id == tenant_id,
            _T.scope.in_(["", event_id]),
            _T.name == name,
            _T.channel == channel,
            _T.locale == language,
            _T.published_at.is_not(None),
            _T.archived_at.is_(None),
        )
        .order_by(own, _T.version.desc())
        .limit(1)
    )
    template = work.session.scalar(query)
    if template is not None and not _is_outdated(work, template):
        return template
    return _install(work, tenant_id, name, channel, language)


def _check_spelling(work: Work, tenant_id: str, name: str) -> None:
    """Check that no template has this name in other letters: people would take it for another version of that.

    Raises:
        MessageTemplateNameTaken: 409.
    """
    names = {*shipped.OCCASIONS, *work.session.scalars(select(_T.name).where(_T.tenant_id == tenant_id))}
    if name in names:
        return
    for other in sorted(names):
        if name_key(other) == name_key(name):
            raise MessageTemplateNameTaken(name=other)


def _is_outdated(work: Work, template: MessageTemplate) -> bool:
    """Return True for a shipped template as an earlier program shipped it. A draft keeps it: its number is the next one."""
    if template.created_by != _PROGRAM:
        return False
    text = shipped.find(template.name, template.channel, template.locale)
    if text is None or (text.subject, text.body) == (template.subject, template.body):
        return False
    return all(each.published_at is not None for each in versions_of(work, template))


def _install(
    work: Work, tenant_id: str, name: str, channel: MessageChannel, language: str
) -> MessageTemplate | None:
    """Store a shipped template as a published version: what is sent never changes, also if the program is updated."""
    text = shipped.find(name, channel, language)
    if text is None:
        return None
    versions = _versions(work, tenant_id, None, name, channel, language)
    occasion = shipped.OCCASIONS[name]
    is_mail = channel is MessageChannel.EMAIL
    template = _T(
        tenant_id=tenant_id,
        id=work.new_id(),
        event_id=None,
        scope="",
        name=name,
        channel=channel,
        locale=language,
        subject=text.subject,
        body=text.body,
        defaults={},
        has_ticket=occasion.has_ticket and is_mail,
        has_calendar=occasion.has_calendar and is_mail,
        version=max((each.version for each in versions), default=0) + 1,
        revision=1,
        published_at=work.now(),
        created_by=_PROGRAM,
    )
    work.session.add(template)
    work.session.flush()
    return template


def _versions(
    work: Work, tenant_id: str, event_id: str | None, name: str, channel: MessageChannel, language: str
) -> Sequence[MessageTemplate]:
    query = (
        select(_T)
        .where(
            _T.tenant_id == tenant_id,
            _T.scope == (event_id or ""),
            _T.name == name,
            _T.channel == channel,
            _T.locale == language,
        )
        .order_by(_T.version.desc())
    )
    return work.session.scalars(query).all()


def _check(work: Work, tenant_id: str, text: TemplateText) -> None:
    composition.check(text)
    if text.channel is MessageChannel.EMAIL:
        images.check_shown(work, tenant_id, text.body)
    for name, value in text.defaults.items():
        if name not in VARIABLES:
            raise TemplateVariableUnknown(line=1, variable=name)
        composition.require_line(name, value)


def _summary(template: MessageTemplate) -> dict[str, object]:
    return {
        "name": template.name,
        "channel": template.channel.value,
        "locale": template.locale,
        "version": template.version,
    }


def _get_for_update(work: Work, tenant_id: str, template_id: str, if_version: IfVersion) -> MessageTemplate:
    template = work.session.get(_T, (tenant_id, template_id), with_for_update=True, populate_existing=True)
    if template is None:
        raise MessageTemplateNotFound
    check_version(template.revision, if_version, MessageTemplateChanged)
    return template


def _get_draft(work: Work, tenant_id: str, template_id: str, if_version: IfVersion) -> MessageTemplate:
    template = _get_for_update(work, tenant_id, template_id, if_version)
    if template.published_at is not None:
        raise MessageTemplatePublished
    return template

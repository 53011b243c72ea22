"""The console's pages of delegations: who decides in whose place while they are away."""

from typing import Final

from fastapi.responses import Response
from pydantic import BaseModel

from hub_sync.hub.console import PageCall, PageRouter, _
from hub_sync.hub.console.i18n.isolation import isolated
from hub_sync.hub.console.local_times import LocalTime, to_instant
from hub_sync.hub.domains.workflows.definitions.surroundings import deciding_users
from hub_sync.hub.domains.workflows.delegations import delegations
from hub_sync.hub.domains.workflows.delegations.schemas import NewDelegation
from hub_sync.hub.domains.workflows.errors import (
    DelegateMayNotDecide,
    DelegationEndsFirst,
    DelegationOfOthers,
    DelegationToOneself,
)
from hub_sync.hub.domains.workflows.execution_manifest import WORKFLOWS_DECIDE
from hub_sync.hub.domains.workflows.sla_manifest import WORKFLOWS_MANAGE
from hub_sync.hub.domains.workflows.tables import WorkflowDelegation
from hub_sync.hub.domains.workflows.tasks.deciders import delegator_of
from hub_sync.hub.kit.text_types import Id, NoteText

PATH: Final = "/tasks/out-of-office"

router = PageRouter()


class DelegationForm(BaseModel):
    """A delegation; its times are those of the page's time zone."""

    user_id: str = ""
    delegate_id: Id
    starts_at: LocalTime
    ends_at: LocalTime
    reason: NoteText = ""


@router.get(PATH, permissions=WORKFLOWS_DECIDE)
def list_delegations(page: PageCall) -> Response:
    """List the delegations that concern the caller, or all for who manages workflows, and offer a new one."""
    query = delegations.visible_to(page.tenant_id, delegator_of(page.caller))
    now = page.hub.clock.now()
    newest = query.where(WorkflowDelegation.ends_at > now).order_by(WorkflowDelegation.starts_at).limit(200)
    rows = page.work.session.scalars(newest).all()
    people = [(user.id, user.name or user.email) for user in deciding_users(page.work, page.tenant_id)]
    names = delegations.names_of(
        page.work, page.tenant_id, {each for row in rows for each in (row.user_id, row.delegate_id)}
    )
    return page.render(
        "workflows/delegations.html",
        rows=rows,
        names=names,
        people=people,
        others=[each for each in people if each[0] != page.caller.id],
        me=page.caller.id,
        may_manage=page.caller.has_permission(WORKFLOWS_MANAGE),
        zone=page.speech.time_zone,
        now=now,
    )


@router.post(
    PATH,
    creates=True,
    permissions=WORKFLOWS_DECIDE,
    on_error=list_delegations,
    beside={
        DelegationOfOthers: "user_id",
        DelegationToOneself: "delegate_id",
        DelegateMayNotDecide: "delegate_id",
        DelegationEndsFirst: "ends_at",
    },
)
def create_delegation(page: PageCall) -> Response:
    """Let somebody decide in another's place."""
    form = page.parse(DelegationForm)
    zone = page.speech.time_zone
    times = {
        "starts_at": to_instant("starts_at", form.starts_at, zone),
        "ends_at": to_instant("ends_at", form.ends_at, zone, end=True),
    }
    new = NewDelegation(
        user_id=form.user_id or None, delegate_id=form.delegate_id, reason=form.reason, **times
    )
    with page.begin() as work:
        made = delegations.create(work, page.tenant_id, delegator_of(page.caller), new)
        names = delegations.names_of(work, page.tenant_id, {made.user_id, made.delegate_id})
        words = {"delegate": isolated(names[made.delegate_id]), "user": isolated(names[made.user_id])}
    return page.redirect(PATH, say=_("%(delegate)s decides in the place of %(user)s then.") % words)


@router.post(
    f"{PATH}/{{delegation_id}}/delete",
    permissions=WORKFLOWS_DECIDE,
    on_error=list_delegations,
    beside={DelegationOfOthers: ""},
)
def end_delegation(page: PageCall, delegation_id: Id) -> Response:
    """End a delegation, or take it back before it begins."""
    with page.begin() as work:
        delegations.remove(work, page.tenant_id, delegator_of(page.caller), delegation_id)
    return page.redirect(PATH, say=_("The delegation is ended. What was decided by it stays."))

"""`doorward-hub doctor`: what is wrong, in plain words. Looks, and changes nothing."""

from typing import Any

import typer

from hub_sync.hub.commands.common import AsJson, Data, DatabaseUrl, load_settings, print_result, report_errors
from hub_sync.hub.commands.doctor.checks import examine
from hub_sync.hub.kit.domain.doctor import Finding

_SIGNS = {"ok": "ok  ", "warn": "WARN", "fail": "FAIL"}


@report_errors
def doctor(data: Data = None, database_url: DatabaseUrl = None, as_json: AsJson = False) -> None:
    """Examine the hub's folder, database, secrets and libraries. Exits 1 if something is broken."""
    findings = examine(load_settings(data, database_url))
    broken = any(one.status == "fail" for one in findings)
    plain = "\n".join(f"{_SIGNS[one.status]}  {one.check}: {one.message}" for one in findings)
    answer: dict[str, Any] = {"ok": not broken, "findings": [_told(one) for one in findings]}
    print_result(plain, answer, as_json=as_json)
    if broken:
        raise typer.Exit(1)


def _told(finding: Finding) -> dict[str, str]:
    return {"check": finding.check, "status": finding.status, "message": finding.message}

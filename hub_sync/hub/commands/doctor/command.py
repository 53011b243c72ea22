"""`doorward-hub doctor`: report problems in plain words. It changes nothing."""

from __future__ import annotations

from typing import Any

import typer

from hub_sync.hub.commands.common import AsJson, Data, DatabaseUrl, load_settings, print_result, report_errors
from hub_sync.hub.commands.lazy_imports import lazy_imports

with lazy_imports():
    from hub_sync.hub.commands.doctor import checks
    from hub_sync.hub.kit.domain import doctor as domain_doctor

_SIGNS = {"ok": "ok  ", "warn": "WARN", "fail": "FAIL"}


@report_errors
def doctor(data: Data = None, database_url: DatabaseUrl = None, as_json: AsJson = False) -> None:
    """Examine the hub's folder, database, secrets and libraries. Exits 1 if something is broken."""
    findings = checks.examine(load_settings(data, database_url))
    broken = any(finding.status == "fail" for finding in findings)
    plain = "\n".join(f"{_SIGNS[finding.status]}  {finding.check}: {finding.message}" for finding in findings)
    answer: dict[str, Any] = {"ok": not broken, "findings": [_to_dict(finding) for finding in findings]}
    print_result(plain, answer, as_json=as_json)
    if broken:
        raise typer.Exit(1)


def _to_dict(finding: domain_doctor.Finding) -> dict[str, str]:
    return {"check": finding.check, "status": finding.status, "message": finding.message}

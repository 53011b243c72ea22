"""The hub's commands: name -> "module:function or typer app". Adding one is one module and one line here."""

COMMANDS: dict[str, str] = {
    "serve": "serving.serve:serve",
    "worker": "serving.worker:worker",
    "migrate": "migrate:migrate",
    "tenant": "tenant:app",
    "admin": "admin:app",
    "api-key": "api_key:app",
    "device": "device:app",
    "event": "event:app",
    "participant": "participant:app",
    "flag": "flag:app",
    "access-log": "access_log:app",
    "ticket": "ticket.command:app",
    "demo-event": "demo_event:demo_event",
    "doctor": "doctor.command:doctor",
    "backup": "backup.command:backup",
    "restore": "backup.command:restore",
    "openapi": "openapi:openapi",
}

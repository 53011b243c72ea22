"""The station's commands: name -> "module:name", and groups of them. Adding one is one module and one line here.

They are named instead of imported, so that a damaged package stops only the commands that need it.
"""

COMMANDS: dict[str, str] = {
    "run": "kiosk_app.commands.run:run",
    "enrol": "kiosk_app.commands.enrol:enrol_station",
    "self-test": "kiosk_app.commands.self_test:self_test",
    "print-test": "kiosk_app.commands.print_test:print_test",
    "peers": "kiosk_app.commands.peers:peers",
    "backup": "kiosk_app.commands.backup:backup",
    "restore": "kiosk_app.commands.backup:restore",
    "decode": "kiosk_app.commands.decode:decode",
    "demo": "kiosk_app.commands.demo:demo",
}
GROUPS: dict[str, str] = {"journal": "kiosk_app.commands.journal:app"}

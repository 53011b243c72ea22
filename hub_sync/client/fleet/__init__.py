"""The demands of the hub on a station: commands, a configuration, and how long it may go on alone (`contract.fleet`).

`agent` runs on the report loop's thread. It remembers a command on disk before it obeys it, and says what became of it until the hub
has answered. Decisions: `docs/adr/0079-commands-travel-with-the-report.md`, `docs/adr/0082-a-wipe-is-a-file.md`.
"""

"""Read tables that people send (CSV, XLSX) in a child process with limits. The child imports nothing else of the hub."""

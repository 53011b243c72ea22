"""The start of workflows by registrations and imports, and what becomes of executions when their participant changes."""

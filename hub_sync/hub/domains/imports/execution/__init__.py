"""Run an import as a bulk operation."""

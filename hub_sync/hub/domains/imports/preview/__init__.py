"""Preview an import, before anything is written."""

"""Registration pages."""

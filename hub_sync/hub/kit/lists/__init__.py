"""List queries: filters, sorting, cursors, exports."""

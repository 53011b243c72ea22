"""Database, unit of work, base tables, bulk statements."""

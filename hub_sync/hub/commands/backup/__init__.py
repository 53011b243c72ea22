"""`doorward-hub backup` and `restore`, for SQLite and PostgreSQL."""

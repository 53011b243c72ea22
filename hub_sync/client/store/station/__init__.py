"""The station's own data: settings, boots of its machine, ticket keys."""

"""What the station knows of itself: settings, boots of its machine, ticket keys."""

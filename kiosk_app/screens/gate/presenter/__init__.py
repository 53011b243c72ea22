"""The gate screen's presenter and its parts, without Qt: view state, actions of a person, formatting."""

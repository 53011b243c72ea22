"""The station's half: store, engine and typed HTTP."""

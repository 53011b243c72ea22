"""The station's sealed store."""

"""The station's sync engine and its loops, one thread each."""

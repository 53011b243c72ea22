"""The gate screen's own pieces; each renders one part of `GateViewState`."""

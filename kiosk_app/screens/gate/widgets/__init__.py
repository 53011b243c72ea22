"""The gate screen's own widgets; each renders one part of `GateViewState`."""

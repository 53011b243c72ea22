"""The stations of the benchmark of a fleet."""

"""Measurements of `bench people`."""

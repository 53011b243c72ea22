"""Gatherings that people come to."""

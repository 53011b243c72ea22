"""Workflows: the steps that a registration passes through."""

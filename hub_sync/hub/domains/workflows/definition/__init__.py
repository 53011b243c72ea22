"""Definitions of workflows: their model, the checks before they are published, and the conditions on participants."""

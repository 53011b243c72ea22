"""Delegations: somebody decides in another's place while they are away."""

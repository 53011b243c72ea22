"""The stored definitions of workflows: drafts, published versions, shapes to begin with, and simulations."""

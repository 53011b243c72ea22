"""The drawing of a workflow: where its boxes and lines are, what their marks say, and the same as a list."""

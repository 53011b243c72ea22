"""The pages of occupancy: counts, history, flow, and who is inside. They are here and not in `check_in`, since they name people and stations."""

"""The pages of the access log. They are here and not in `check_in`, since they name stations."""

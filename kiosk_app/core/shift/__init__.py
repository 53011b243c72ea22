"""The operators at the station: signing on by PIN, and handing a shift over."""

"""The station's HTTP client for the hub, and the errors that it raises."""

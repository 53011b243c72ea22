"""Console pages of webhooks."""

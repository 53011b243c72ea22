"""Parts of the benchmark of webhooks."""

"""The network side of webhooks: URL policy, SSRF guard, connections, signatures."""

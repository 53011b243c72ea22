"""Senders: the accounts through which a tenant sends, and the connections to their servers."""

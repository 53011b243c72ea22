"""Bounces: what becomes of messages after a server took them, as mails and providers report it."""

"""Tones: synthesis and the player."""

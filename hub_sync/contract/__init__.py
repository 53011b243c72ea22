"""What station and hub agree on."""

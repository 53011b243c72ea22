"""What station and hub share, the station's half and the hub."""

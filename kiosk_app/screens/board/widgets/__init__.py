"""The parts that the board screen consists of."""

"""The parts that the desk screen consists of."""

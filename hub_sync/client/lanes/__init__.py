"""The lanes of sync: push, pull, time, live, upkeep. Each has a thread of its own, so that none waits for another."""

"""Pairs of people who may be one person: their features, the blocks that they are compared in, and the weight of each field."""

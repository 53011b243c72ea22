"""The logic of the first start, without Qt."""

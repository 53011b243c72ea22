"""Parts of the benchmark of workflows."""

"""Parts of the benchmark of relay boards."""

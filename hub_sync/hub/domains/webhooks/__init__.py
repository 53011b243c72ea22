"""Who is told of what happened, over HTTP."""

"""One act upon many participants."""

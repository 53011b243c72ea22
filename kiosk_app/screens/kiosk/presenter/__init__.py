"""The presenter: it decides what is shown. No Qt."""

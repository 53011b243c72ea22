"""The screens; each has a Qt-free presenter and a view."""

"""Tasks of people: who may decide what, the inbox of a person, and many decisions at once."""

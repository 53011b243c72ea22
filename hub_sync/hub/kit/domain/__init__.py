"""What a domain declares about itself (`manifest`), the parts of that, and what all domains together declare (`registry`)."""

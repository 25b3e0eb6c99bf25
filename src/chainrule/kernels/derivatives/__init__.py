"""Derivatives from a tape, on which a forward pass has kept all that it computed."""

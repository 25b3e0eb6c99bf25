"""Derivatives of a forward pass, one file each."""

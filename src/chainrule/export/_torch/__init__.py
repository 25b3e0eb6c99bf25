"""From and to PyTorch, which the files of this folder import."""

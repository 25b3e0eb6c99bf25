"""Products of matrices and vectors, and elementary functions, in vectors as wide as the machine's registers.

Nothing here knows of networks.
"""

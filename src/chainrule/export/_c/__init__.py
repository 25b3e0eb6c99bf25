"""C99 of a fitted model: one header and one source, no allocation, no recursion, all sizes known.

A file each for identifiers, constants, activations, encodings of columns, networks, derivatives and outputs.
"""

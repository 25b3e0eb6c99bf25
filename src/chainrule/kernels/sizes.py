"""Sizes of products at which another way of making them becomes the faster one, as measured."""

LARGE_PRODUCT = 16_000_000
"""Multiplications from which BLAS gains by a second thread."""
FEWEST_ROWS, LARGEST_B = 16, 2**18
"""Where BLAS is the faster with one thread: fewer rows of A do not repay laying out B, and more numbers in B
outgrow the caches."""

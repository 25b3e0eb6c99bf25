"""Sizes of products at which another way of making them becomes the faster one, as measured."""

STEP_OF_A_THREAD = 4_000_000
"""Multiplications in a step of learning that are worth a thread."""
FEWEST_ROWS, LARGEST_B = 16, 2**18
"""Fewer rows of A do not repay laying out B: BLAS has them. With more numbers in B, A is laid out too."""

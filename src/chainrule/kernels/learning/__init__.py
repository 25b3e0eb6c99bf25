"""A step of learning: a batch through the network, its gradient, and the update; by several threads."""

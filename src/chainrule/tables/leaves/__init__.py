"""Tables that need not fit in memory: columns, pipelines and rows by leaves, which files alone decide."""

"""Make live and desired comparable, so that what means the same is equal."""

"""What differs between live and desired; never whether that is allowed."""

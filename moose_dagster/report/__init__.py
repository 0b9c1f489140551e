"""A plan and its outcome as text and as data; readers of one value, deciding nothing."""

"""The shop for `dg`: a component instead of `definitions.py`."""

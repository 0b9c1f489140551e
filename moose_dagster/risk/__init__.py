"""How bad each change could be for what is stored.

Only this package and `plan/policy.py` know what is dangerous.
"""

"""Frozen values that live and desired state are compared in; both sides are of the same types."""

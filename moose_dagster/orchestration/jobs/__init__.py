"""The jobs of a project: reconcile, drift, restore, purge and abort."""

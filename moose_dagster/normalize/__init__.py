"""Make live and desired comparable: take over what the code leaves open, and spell equal things alike."""

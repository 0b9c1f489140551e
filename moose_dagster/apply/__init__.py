"""The only package that changes anything on a server; it walks a plan and decides nothing."""

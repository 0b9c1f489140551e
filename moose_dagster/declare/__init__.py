"""What people write: tables as typed Python objects, collected into a project and checked together."""

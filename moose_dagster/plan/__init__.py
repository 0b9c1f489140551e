"""What will be done about each change: risk, verdict, route, statements. Pure, and the same every time."""

"""What is really there: ask the server, then parse its rows with pure functions."""

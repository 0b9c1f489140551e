"""What is decided about each change: its verdict, and the actions that make the allowed ones."""

"""The tables of our own on the server: what is managed, the history, the trash, checkpoints and the lock."""

"""The library's own tables: what is managed, history, trash, checkpoints and the lock."""

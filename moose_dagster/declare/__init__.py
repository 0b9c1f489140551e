"""The classes that users write, and how a project of them becomes the desired state."""

"""The version of the tool, alone in its file so that it can be read without importing anything."""

__version__ = "0.1.0"

"""Limits, presets with their sources, and the verdict."""

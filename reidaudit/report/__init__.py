"""The report: its model, and renderers that are pure functions of it."""

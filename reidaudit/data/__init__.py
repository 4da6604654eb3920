"""From files and frames to validated tables: reading, kinds and roles, preconditions."""

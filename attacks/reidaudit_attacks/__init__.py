"""The built-in attacks, registered by entry points exactly as a third party's would be."""

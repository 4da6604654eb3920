"""From outcomes to measures: estimates, intervals that cover, exact tests, sensitivity."""

"""Example tables in which everybody is made up and every leak is planted on purpose."""

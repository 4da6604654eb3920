"""Exact nearest neighbours of mixed columns: the computation that distance attacks share."""

from reidaudit.neighbours.leave_column_out import Guess, guess_from_nearest
from reidaudit.neighbours.search import Nearest, nearest

__all__ = ["Guess", "Nearest", "guess_from_nearest", "nearest"]

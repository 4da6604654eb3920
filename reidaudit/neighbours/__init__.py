"""Exact nearest neighbours of mixed columns: the computation that distance attacks share."""

from reidaudit.neighbours.leave_column_out import guess_from_nearest
from reidaudit.neighbours.search import Nearest, nearest

__all__ = ["Nearest", "guess_from_nearest", "nearest"]

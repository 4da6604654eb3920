"""Exact nearest neighbours of mixed columns: the computation that distance attacks share."""

from reidaudit.neighbours.executor import Executor, Threads
from reidaudit.neighbours.leave_column_out import Guess, guess_from_nearest
from reidaudit.neighbours.search import Nearest, Packed, nearest

__all__ = ["Executor", "Guess", "Nearest", "Packed", "Threads", "guess_from_nearest", "nearest"]

"""What all tests share: property tests draw the same examples every time, on slow machines too."""

from hypothesis import settings

# a time limit for each example would make the suite fail on a busy machine
settings.register_profile("reidaudit", deadline=None, derandomize=True)
settings.load_profile("reidaudit")

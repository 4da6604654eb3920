"""What all tests share: property tests draw the same examples every time, on slow machines too."""

import signal

from hypothesis import settings

# a time limit for each example would make the suite fail on a busy machine
settings.register_profile("reidaudit", deadline=None, derandomize=True)
settings.load_profile("reidaudit")

# a shell's background jobs ignore Ctrl-C, and so would all that is started and interrupted here
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

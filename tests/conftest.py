"""What all tests stand on."""

import signal

# A job in the background of a shell inherits that Ctrl-C is ignored; tests, and what they start, hear it.
signal.signal(signal.SIGINT, signal.default_int_handler)

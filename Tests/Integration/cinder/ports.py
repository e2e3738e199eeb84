"""Prints the ports of Cinder and Keystone (called by `up`): those asked for, else those of the last time, else free ones."""
import os
import random
import socket
import sys


def is_free(port):
    with socket.socket() as probe:
        # As a server does it: connections of the last one that still linger are no hindrance.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def other():
    # Below the range from which the kernel serves outgoing connections, and at random: two who start at the same time differ.
    ports = range(20000, 32000)
    return next(filter(is_free, random.sample(ports, len(ports))), None) or sys.exit(f"no port is free from {ports[0]} to {ports[-1]}")


for variable in ("CINDER_PORT", "KEYSTONE_PORT"):
    asked, last = (int(os.environ.get(name) or 0) for name in (f"WANTED_{variable}", variable))
    if asked and not is_free(asked):
        sys.exit(f"port {asked} is in use: set {variable} to another, or unset it for any free one")
    print(asked or (last if last and is_free(last) else other()), end=" ")
print()

"""Ports that nobody else is given while they are ours."""

import socket

held: list[socket.socket] = []


def unused_port() -> int:
    """A port of the loopback on which nobody listens. It stays bound until this process ends, so that no other process and no
    connection gets it meanwhile; who listens with SO_REUSEADDR, as all servers here do, may take it nevertheless, and take it
    again after an end."""
    holder = socket.socket()
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    holder.bind(("127.0.0.1", 0))
    held.append(holder)
    return holder.getsockname()[1]

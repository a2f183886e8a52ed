"""Starting and running the server on its address.

Belongs here: sockets and the event loop. Does not belong here: what is answered.
"""

import socket

import uvicorn

from adtrack_pipeline.sandbox.app import build_app
from adtrack_pipeline.sandbox.options import SandboxError, SandboxOptions
from adtrack_pipeline.sandbox.protocol import BreakableProtocol
from adtrack_pipeline.sandbox.replay.loading import REPLAY_FILES

_BACKLOG = 512


def bind(options: SandboxOptions) -> socket.socket:
    """Take the address (port 0: any free one).

    Raises:
        SandboxError: when the port is in use or the host is not this machine's.
    """
    sock = socket.socket(socket.AF_INET6 if ":" in options.host else socket.AF_INET)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((options.host, options.port))
        sock.listen(_BACKLOG)
    except OSError as error:
        sock.close()
        raise SandboxError(
            f"The sandbox cannot listen on {options.host}:{options.port}: {error.strerror}. "
            "Stop what uses that port or choose another with --port."
        ) from None
    return sock


def build_server(options: SandboxOptions) -> uvicorn.Server:
    """A server that has not started; run it with the socket from `bind`.

    Raises:
        SandboxError: when the world cannot be served.
    """
    config = uvicorn.Config(
        build_app(options),
        http=BreakableProtocol,
        ws="none",
        lifespan="off",
        access_log=False,
        log_level="error",
        server_header=False,
    )
    return uvicorn.Server(config)


def serve(options: SandboxOptions) -> None:
    """Serve until interrupted.

    Raises:
        SandboxError: port in use, or a replay folder that cannot be served.
    """
    server = build_server(options)
    with bind(options) as sock:
        host, port = sock.getsockname()[:2]
        print(f"SANDBOX listening on http://{host}:{port} ({_served(options)}); stop it with Ctrl-C.", flush=True)
        server.run(sockets=[sock])


def _served(options: SandboxOptions) -> str:
    if options.replay is None:
        return f"a simulated world, seed {options.seed}, {options.accounts} accounts, {options.ads} ads"
    absent = [name for name in REPLAY_FILES if not (options.replay / name).is_file()]
    return f"recorded objects of {options.replay}" + (f", without {', '.join(absent)}" if absent else "")

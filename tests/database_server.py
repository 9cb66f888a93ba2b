"""A PostgreSQL server of one's own, for as long as the tests run."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

_USER = "postgres" if os.name == "posix" and os.geteuid() == 0 else None  # it refuses root


def find_programs():
    """Return the folder of PostgreSQL's programs, None where it is not installed."""
    found = shutil.which("initdb")
    folders = [Path(found).parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in folders if (folder / "initdb").is_file()), None)


@contextmanager
def running_server(programs):
    """Run a server on this machine, and give a function that makes a database: ``-> URL``."""
    folder = tempfile.mkdtemp(prefix="skemotion-postgresql-")
    if _USER:
        shutil.chown(folder, _USER)
    data = f"{folder}/data"
    made = [programs / "initdb", "-D", data, "-A", "trust", "-U", "skemotion", "--no-sync"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "user": _USER}
    subprocess.run([*made, "--no-locale", "-E", "UTF8"], check=True, cwd=folder, **quiet)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    settings = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off"]
    options = [option for setting in settings for option in ("-c", setting)]
    command = [programs / "postgres", "-D", data, "-p", str(port), *options]
    server = subprocess.Popen(command, cwd=folder, **quiet)
    try:
        yield _make_maker(f"postgresql+psycopg://skemotion@127.0.0.1:{port}", server)
    finally:
        server.send_signal(signal.SIGINT)  # without waiting for clients
        server.wait(30)
        shutil.rmtree(folder)


def _make_maker(address, server):
    names = iter(range(1_000_000))

    def make_database():
        name = f"made{next(names)}"
        run_sql(f"{address}/postgres", f"CREATE DATABASE {name}", server=server)
        return f"{address}/{name}"

    return make_database


def run_sql(url, statement, server=None):
    """Run a statement outside transactions, and return a number that it gives.

    A server that is starting is waited for.
    """
    import psycopg

    deadline = time.monotonic() + 30
    while True:
        try:
            with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
                result = connection.execute(statement)
                return result.fetchone()[0] if result.description else None
        except psycopg.OperationalError:
            if server is None or server.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.05)

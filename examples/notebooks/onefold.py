"""Connects a notebook to Onefold over Flight SQL, and starts the server if there is none."""

import atexit
import functools
import os
import pathlib
import re
import shutil
import subprocess

import adbc_driver_flightsql.dbapi as flight_sql

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROJECT = ROOT / "examples" / "retail"


def connect():
    """A connection to the server at ONEFOLD_URL, as in grpc://localhost:31337, if that is set. Otherwise a server is
    started for the project, ONEFOLD_PROJECT or the retail example, and ends with the notebook."""
    if address := os.environ.get("ONEFOLD_URL"):
        login = {"username": os.environ.get("ONEFOLD_USER"), "password": os.environ.get("ONEFOLD_PASSWORD")}
        return flight_sql.connect(address, {k: v for k, v in login.items() if v}, autocommit=True)
    connection = flight_sql.connect(serve(os.environ.get("ONEFOLD_PROJECT", str(PROJECT))), autocommit=True)
    with connection.cursor() as cursor:
        cursor.execute("REFRESH ALL").fetchall()
    return connection


@functools.cache
def serve(project):
    """Serves the project on a free port, without a password to programs on this machine, and gives the address."""
    command = [binary(), "serve", "--project", project, "--anonymous",
               "--flight-sql", "127.0.0.1:0", "--postgres", "off", "--http", "off"]
    # A session of its own: interrupting a cell is not to stop the server.
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
    atexit.register(stop, server)
    for line in server.stdout:
        if found := re.search(r"grpc://\S+", line):
            return found.group()
    raise RuntimeError(f"the server did not start; {' '.join(command)} tells why")


def stop(server):
    server.terminate()
    try:
        server.wait(20)
    except subprocess.TimeoutExpired:
        server.kill()


def binary():
    built = [ROOT / "target" / profile / "onefold" for profile in ("release", "ci", "debug")]
    found = [os.environ.get("ONEFOLD"), shutil.which("onefold"), *(path for path in built if path.exists())]
    if path := next(filter(None, found), None):
        return str(path)
    raise RuntimeError("there is no onefold: build it by cargo build --release, or set ONEFOLD to the binary")

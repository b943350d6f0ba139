"""Clients that mean no good, or are broken. Whatever they send, the server answers the next one."""

import base64
import os
import random
import re
import socket
import struct
import threading
import time
import urllib.request

import psycopg
import pyarrow.flight as flight

import postgres_python
from tests import PASSWORD, USER, client, equal, fails

SLOW = "SELECT count(*) FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b WHERE a.value + b.value = 3"
SEED = 7
MB = 1 << 20


def memory(server):
    """Resident bytes of the server."""
    with open(f"/proc/{server.process.pid}/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def answers(server):
    """Whether the server is there for others."""
    with psycopg.connect(postgres_python.url(server), autocommit=True, connect_timeout=10) as connection:
        equal(connection.execute("SELECT 41 + 1").fetchone(), (42,))


def connected(server):
    """How many connections of the PostgreSQL protocol the server counts."""
    with urllib.request.urlopen(f"http://{server.http}/metrics") as answer:
        return int(re.search(r'connections\{protocol="postgres"\} (\d+)', answer.read().decode()).group(1))


def opened(server, source="127.0.0.1"):
    return socket.create_connection((server.host, int(server.port)), timeout=5, source_address=(source, 0))


def message(kind, body):
    return kind + struct.pack("!i", len(body) + 4) + body


def send(connection, data, wait=0.2):
    """Sends bytes, and reads what is answered until the server is silent or hangs up."""
    heard = b""
    try:
        connection.sendall(data)
        connection.settimeout(wait)
        while chunk := connection.recv(65536):
            heard += chunk
    except OSError:
        pass
    return heard


def logged_in(server):
    """A connection of the PostgreSQL protocol behind its login, as a bare socket."""
    connection = psycopg.connect(postgres_python.url(server), autocommit=True)
    return connection, socket.socket(fileno=os.dup(connection.fileno()))


@client("malformed PostgreSQL", "PostgreSQL")
def malformed(server):
    """random, truncated, oversized and misplaced messages, before and after the login"""
    choose = random.Random(SEED)
    startup = struct.pack("!i", 196608) + b"user\0ann\0database\0onefold\0\0"
    before, open_before = memory(server), connected(server)
    for data in [
        b"",
        choose.randbytes(2000),
        struct.pack("!ii", 4, 196608),
        struct.pack("!i", -1) + startup,
        struct.pack("!i", 0x7FFFFFFF) + startup + b"x" * (32 * MB),
        struct.pack("!i", 9) + b"\0\3\0\0u",
        struct.pack("!i", len(startup) + 4) + startup + message(b"p", b"n,,n=,r=" + choose.randbytes(300)),
        struct.pack("!i", len(startup) + 4) + startup + message(b"Q", b"SELECT 1\0"),
        struct.pack("!i", len(startup) + 4) + startup + b"p" + struct.pack("!i", 0x7FFFFFF0) + b"x" * (32 * MB),
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    ]:
        with opened(server) as connection:
            heard = send(connection, data)
            assert b"ReadyForQuery" not in heard and not heard.startswith(b"R\0\0\0\x08\0\0\0\0"), "let in without a password"
    answers(server)
    good = [
        message(b"P", b"\0SELECT $1::int4 + $2::numeric[1]\0\0\0"),
        message(b"B", b"\0\0\0\1\0\1\0\2" + struct.pack("!ii", 4, 1) + struct.pack("!i", -1) + b"\0\0"),
        message(b"D", b"S\0"),
        message(b"E", b"\0\0\0\0\0"),
        message(b"S", b""),
        message(b"Q", "SELECT 'é', now()::date\0".encode()),
        message(b"C", b"P\0"),
        message(b"d", b"1\t2\n"),
        message(b"F", b"\0\0\0\1\0\0\0\0\0\0"),
    ]
    for _ in range(60):
        data = bytearray(b"".join(choose.choices(good, k=6)))
        for _ in range(choose.choice([0, 1, 2, 8])):
            data[choose.randrange(len(data))] = choose.randrange(256)
        connection, raw = logged_in(server)
        with raw:
            send(raw, bytes(data[: choose.randrange(1, len(data) + 1)]), 0.05)
        connection.pgconn.finish()
    answers(server)
    wait(lambda: connected(server) == open_before)
    grown = memory(server) - before
    assert grown < 200 * MB, f"the server holds {grown // MB} MB more"


@client("malformed Flight SQL", "Flight SQL")
def malformed_flight(server):
    """random tickets, descriptors, actions, headers and batches"""
    choose = random.Random(SEED)
    connection = flight.FlightClient(f"grpc://{server.flight_sql}")
    for header in [b"Bearer x", b"Basic", b"Basic " + base64.b64encode(choose.randbytes(40)), b"Basic " + b"x" * 6000, b"\x01"]:
        options = flight.FlightCallOptions(headers=[(b"authorization", header)], timeout=5)
        fails((flight.FlightError, OSError), lambda: list(connection.do_action(flight.Action("CloseSession", b""), options)))
    options = flight.FlightCallOptions(headers=[connection.authenticate_basic_token(USER, PASSWORD)], timeout=10)
    # A ticket of a statement, to be spoilt: a message of the type TicketStatementQuery around a handle.
    kind = b"type.googleapis.com/arrow.flight.protocol.sql.TicketStatementQuery"
    ticket = b"\x0a" + bytes([len(kind)]) + kind + b"\x12\x0f\x0a\x0d\x0a\x01x\x12\x08SELECT 1"
    equal(connection.do_get(flight.Ticket(ticket), options).read_all().num_rows, 1)
    for _ in range(100):
        spoilt = bytearray(ticket)
        for _ in range(choose.choice([1, 3, 10])):
            spoilt[choose.randrange(len(spoilt))] = choose.randrange(256)
        calls = [
            lambda: connection.do_get(flight.Ticket(bytes(spoilt)), options).read_all(),
            lambda: connection.get_flight_info(flight.FlightDescriptor.for_command(bytes(spoilt)), options),
            lambda: list(connection.do_action(flight.Action(choose.choice(["SetSessionOptions", "CancelFlightInfo", "CancelQuery", "CreatePreparedStatement", "ClosePreparedStatement", "x"]), choose.randbytes(40)), options)),
        ]
        try:
            choose.choice(calls)()
        except flight.FlightInternalError as e:
            assert "decode" in str(e), e
        except (flight.FlightError, OSError, ValueError, NotImplementedError, KeyError):
            pass
    equal(connection.do_get(flight.Ticket(ticket), options).read_all().num_rows, 1)
    answers(server)


@client("a client that vanishes", "PostgreSQL")
def vanishes(server):
    """its statement is stopped"""
    _, raw = logged_in(server)
    raw.sendall(message(b"Q", SLOW.encode() + b"\0"))
    running = "SELECT count(*) FROM system.queries WHERE status = 'running' AND statement = %s"
    with psycopg.connect(postgres_python.url(server), autocommit=True) as other:
        ask = lambda: other.execute(running, (SLOW,)).fetchone()[0]
        wait(lambda: ask() == 1)
        raw.shutdown(socket.SHUT_RDWR)
        raw.close()
        wait(lambda: ask() == 0)


def wait(ready):
    end = time.monotonic() + 10
    while not ready():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.1)


@client("wrong passwords", "PostgreSQL")
def storm(server):
    """an address that sends many is not heard any more; others are"""
    address = "127.0.0.9"

    # libpq cannot choose its address, so that each login is a bare one with a wrong proof at its end.
    def attempt():
        user = struct.pack("!i", 196608) + b"user\0ann\0database\0onefold\0\0"
        first = b"SCRAM-SHA-256\0" + struct.pack("!i", 32) + b"n,,n=,r=" + b"a" * 24
        with opened(server, address) as connection:
            said = send(connection, struct.pack("!i", len(user) + 4) + user)
            if b"SCRAM" not in said:
                refused.append(said)
                return
            nonce = send(connection, message(b"p", first)).split(b"r=")[1].split(b",")[0]
            proof = b"c=biws,r=" + nonce + b",p=" + base64.b64encode(b"\0" * 32)
            refused.append(send(connection, message(b"p", proof), 8))
    refused = []
    threads = [threading.Thread(target=attempt) for _ in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    attempt()
    assert all(b"28P01" in said or b"28000" in said or b"E" == said[:1] for said in refused), refused
    assert b"SCRAM" not in refused[-1] and b"password" in refused[-1], refused[-1]
    answers(server)


TESTS = [malformed, malformed_flight, vanishes, storm]

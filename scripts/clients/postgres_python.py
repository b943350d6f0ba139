"""Clients of the PostgreSQL protocol in Python."""

import asyncio
import datetime
import decimal
import threading
import time

import adbc_driver_postgresql.dbapi as adbc
import asyncpg
import connectorx
import duckdb
import duckdb_extensions
import psycopg
import sqlalchemy

from tests import PASSWORD, READER, READER_PASSWORD, USER, client, equal, fails

PROTOCOL = "PostgreSQL"

VALUES = """SELECT CAST(1 AS SMALLINT) AS i2, CAST(-2 AS INT) AS i4, CAST(3 AS BIGINT) AS i8, CAST(1.5 AS REAL) AS f4,
    CAST(-2.25 AS DOUBLE) AS f8, CAST('12345.67' AS DECIMAL(12, 2)) AS n, true AS b, 'é' AS t, DATE '2024-02-29' AS d,
    TIMESTAMP '2024-02-29 10:20:30.5' AS ts, ARRAY[1, 2, 3] AS a, ARRAY['x', 'y,z'] AS at, X'00ff' AS by,
    CAST(NULL AS INT) AS nothing"""
EXPECTED = (1, -2, 3, 1.5, -2.25, decimal.Decimal("12345.67"), True, "é", datetime.date(2024, 2, 29),
            datetime.datetime(2024, 2, 29, 10, 20, 30, 500000), [1, 2, 3], ["x", "y,z"], b"\x00\xff", None)


def url(server, user=USER, password=PASSWORD):
    return f"postgresql://{user}:{password.replace(' ', '%20')}@{server.host}:{server.port}/onefold"


@client("psycopg", PROTOCOL)
def values(server):
    """reads every type as text and in binary, binds parameters"""
    with psycopg.connect(url(server)) as connection:
        for binary in [False, True]:
            with connection.cursor(binary=binary) as cursor:
                equal(cursor.execute(VALUES).fetchone(), EXPECTED)
        equal(connection.execute("SELECT %s + 1, %s, %s", (41, "x", None)).fetchone()[:2], (42, "x"))
        equal(connection.execute("SELECT count(*) FROM profiles.customer WHERE customer_id = ANY(%s)", (["nobody"],)).fetchone(), (0,))
    return psycopg.__version__


@client("psycopg", PROTOCOL)
def transactions(server):
    """transactions, cursors of the server, COPY to the client, errors with a place"""
    with psycopg.connect(url(server)) as connection:
        with connection.transaction(), connection.cursor("c") as cursor:
            cursor.execute("SELECT value FROM generate_series(1, 1000)")
            equal(len(cursor.fetchmany(10)), 10)
            equal(len(cursor.fetchall()), 990)
        with connection.cursor() as cursor, cursor.copy("COPY (SELECT 1 AS a, 'x,y' AS b) TO STDOUT (FORMAT csv, HEADER)") as copy:
            equal(b"".join(copy), b'a,b\n1,"x,y"\n')
        error = fails(psycopg.errors.UndefinedColumn, lambda: connection.execute("SELECT nothing FROM profiles.customer"))
        equal(error.diag.statement_position, "8")
        fails(psycopg.errors.InFailedSqlTransaction, lambda: connection.execute("SELECT 1"))
        connection.rollback()
        equal(connection.execute("SHOW server_version").fetchone()[0][:2], "15")


@client("psycopg", PROTOCOL)
def times(server):
    """formats of times, intervals by numbers, table functions beside a search path"""
    with psycopg.connect(url(server)) as connection:
        for sql, expected in [
            ("SELECT to_timestamp('2025-01-02 03:04:05.000006', 'YYYY-MM-DD HH24:MI:SS.US')::text", "2025-01-02T03:04:05.000006"),
            ("SELECT to_date('02.01.2025', 'DD.MM.YYYY')::text", "2025-01-02"),
            ("SELECT to_char(TIMESTAMP '2025-01-02 03:04:05', 'FMDD Mon YYYY, HH12:MI AM')", "2 Jan 2025, 03:04 AM"),
            ("SELECT (TIMESTAMP '2025-01-01' + INTERVAL '5 minutes' * floor(17 / 5.0))::text", "2025-01-01T00:15:00"),
            ("SELECT (DATE '2025-01-31' - 2 * INTERVAL '1 day')::date::text", "2025-01-29"),
            ("SELECT format_type(1700, (22 << 16) + 4)", "numeric(22,0)"),
        ]:
            equal(connection.execute(sql).fetchone()[0], expected)
        connection.execute("SET search_path = profiles")
        equal(connection.execute("SELECT count(*) FROM generate_series(1, 3)").fetchone(), (3,))
        equal(connection.execute("SELECT count(*) > 0 FROM customer").fetchone(), (True,))


@client("psycopg", PROTOCOL)
def cancel(server):
    """cancels a query that runs"""
    with psycopg.connect(url(server), autocommit=True) as connection:
        threading.Timer(0.5, connection.cancel).start()
        slow = "SELECT count(*) FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b WHERE a.value + b.value = 3"
        fails(psycopg.errors.QueryCanceled, lambda: connection.execute(slow))
        equal(connection.execute("SELECT 1").fetchone(), (1,))


@client("psycopg", PROTOCOL)
def security(server):
    """is refused with a wrong password and what was not granted, and sees only what was"""
    fails(psycopg.OperationalError, lambda: psycopg.connect(url(server, password="wrong password")), "password")
    with psycopg.connect(url(server, READER, READER_PASSWORD), autocommit=True) as connection:
        for query in ["SELECT * FROM profiles.customer", "COPY profiles.customer TO STDOUT", "EXPLAIN SELECT * FROM profiles.customer"]:
            fails(psycopg.errors.InsufficientPrivilege, lambda: connection.execute(query))
        found = connection.execute("SELECT DISTINCT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace").fetchall()
        equal({row[0] for row in found} - {"information_schema"}, {"segments"})
        asked = """SELECT has_table_privilege('segments.membership', 'SELECT'), has_table_privilege('segments.membership', 'INSERT'),
            has_table_privilege('profiles.customer', 'SELECT'), has_schema_privilege('segments', 'USAGE'),
            has_schema_privilege('profiles', 'USAGE')"""
        equal(connection.execute(asked).fetchone(), (True, False, False, True, False))


@client("psycopg", PROTOCOL)
def limits(server):
    """is held to a search path, to its own time limit, and to those of a role: time, rows, statements at a time"""
    slow = "SELECT count(*) FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b WHERE a.value + b.value = 3"
    with psycopg.connect(url(server), autocommit=True) as admin:
        admin.execute("SET search_path TO segments, profiles")
        equal(admin.execute("SELECT count(*) > 0 FROM customer JOIN membership ON customer_id = membership.id").fetchone(), (True,))
        admin.execute("SET statement_timeout = '200ms'")
        fails(psycopg.errors.QueryCanceled, lambda: admin.execute(slow), "longer than 0.2 seconds")
        admin.execute("RESET statement_timeout")
        fails(psycopg.errors.InvalidParameterValue, lambda: admin.execute("SET statement_timeout = 'soon'"))
        admin.execute("CREATE ROLE guests OPTIONS (rows 1000, statement_timeout 1, statements 1)")
        admin.execute("CREATE USER guest PASSWORD 'battery staple'")
        admin.execute("GRANT guests TO guest")
        rows = "SELECT value FROM generate_series(1, {})"
        with psycopg.connect(url(server, "guest", "battery staple")) as guest, psycopg.connect(url(server, "guest", "battery staple"), autocommit=True) as other:
            equal(len(guest.execute(rows.format(1000)).fetchall()), 1000)
            fails(psycopg.errors.ConfigurationLimitExceeded, lambda: guest.execute(rows.format(100000)).fetchall(), "more than the 1000 rows")
            guest.rollback()
            fails(psycopg.errors.QueryCanceled, lambda: guest.execute(slow), "user's limit")
            guest.rollback()
            # A client that does not take its rows keeps nobody waiting; one whose statement runs does.
            cursor = guest.cursor("half_read")
            cursor.execute(rows.format(500))
            cursor.fetchmany(10)
            equal(other.execute("SELECT 1").fetchone(), (1,))
            cursor.close()
            runs = threading.Thread(target=lambda: fails(psycopg.errors.QueryCanceled, lambda: guest.execute(slow)))
            runs.start()
            while admin.execute("SELECT count(*) FROM system.queries WHERE user_name = 'guest' AND status = 'running'").fetchone() == (0,):
                time.sleep(0.02)
            began = time.monotonic()
            equal(other.execute("SELECT 1").fetchone(), (1,))
            runs.join()
            assert time.monotonic() - began > 0.4, "two statements ran at a time"
        admin.execute("DROP USER guest")
        admin.execute("DROP ROLE guests")


@client("asyncpg", PROTOCOL)
def asynchronous(server):
    """prepares, binds in binary, streams with a cursor, releases a pool's connection"""
    async def run():
        connection = await asyncpg.connect(url(server))
        equal(tuple(await connection.fetchrow(VALUES)), EXPECTED)
        equal(await connection.fetchval("SELECT $1::int + 1", 41), 42)
        equal(await connection.fetchval("SELECT count(*) FROM segments.membership WHERE segment = $1", "nothing"), 0)
        async with connection.transaction():
            rows = [row["value"] async for row in connection.cursor("SELECT value FROM generate_series(1, 200)", prefetch=50)]
            equal(len(rows), 200)
        await connection.reset()
        await connection.close()
    asyncio.run(run())
    return asyncpg.__version__


@client("SQLAlchemy", PROTOCOL)
def reflection(server):
    """reflects schemas, tables, columns, comments and keys"""
    engine = sqlalchemy.create_engine(url(server).replace("postgresql:", "postgresql+psycopg:"))
    inspector = sqlalchemy.inspect(engine)
    assert {"profiles", "segments", "measures"} <= set(inspector.get_schema_names())
    tables = inspector.get_table_names("profiles") + inspector.get_view_names("profiles")
    assert {"customer", "customer_links", "customer_360"} <= set(tables), tables
    columns = {c["name"]: c for c in inspector.get_columns("customer", "profiles")}
    assert isinstance(columns["customer_id"]["type"], sqlalchemy.Text), columns["customer_id"]
    equal(inspector.get_pk_constraint("customer", "profiles")["constrained_columns"], ["customer_id"])
    keys = inspector.get_foreign_keys("customer_links", "profiles")
    assert any(k["referred_table"] == "customer" for k in keys), keys
    with engine.connect() as connection:
        assert connection.execute(sqlalchemy.text("SELECT count(*) FROM profiles.customer")).scalar() > 0
    return sqlalchemy.__version__


@client("ADBC PostgreSQL", PROTOCOL)
def adbc_postgresql(server):
    """reads by COPY in binary, lists objects"""
    with adbc.connect(url(server)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT customer_id, 1.5 AS x, DATE '2024-02-29' AS d FROM profiles.customer LIMIT 7")
        equal(cursor.fetch_arrow_table().num_rows, 7)
        objects = connection.adbc_get_objects(depth="tables").read_all().to_pylist()
        assert any(s["db_schema_name"] == "profiles" for c in objects for s in c["catalog_db_schemas"] or [])


@client("DuckDB", PROTOCOL)
def duckdb_postgres(server):
    """attaches the database and joins its tables with its own"""
    connection = duckdb.connect()
    duckdb_extensions.import_extension("postgres")
    connection.execute("LOAD postgres")
    login = f"host={server.host} port={server.port} dbname=onefold user={USER} password='{PASSWORD}'"
    connection.execute("SET pg_use_ctid_scan = false")
    connection.execute(f"""ATTACH '{login.replace("'", "''")}' AS cdp (TYPE postgres, READ_ONLY)""")
    assert connection.execute("SELECT count(*) FROM cdp.profiles.customer").fetchone()[0] > 0
    return duckdb.__version__


@client("connectorx", PROTOCOL)
def with_connectorx(server):
    """reads by COPY in binary"""
    table = connectorx.read_sql(url(server), "SELECT customer_id FROM profiles.customer LIMIT 9", return_type="arrow")
    equal(table.num_rows, 9)
    return connectorx.__version__


TESTS = [values, transactions, times, cancel, security, limits, asynchronous, reflection, adbc_postgresql, duckdb_postgres, with_connectorx]

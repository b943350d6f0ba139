"""Clients of Arrow Flight SQL."""

import adbc_driver_flightsql
import adbc_driver_flightsql.dbapi as adbc
import adbc_driver_manager
import pandas
import polars
import pyarrow
import pyarrow.flight as flight
from adbc_driver_flightsql import DatabaseOptions

from tests import PASSWORD, READER, READER_PASSWORD, USER, client, equal, fails

PROTOCOL = "Flight SQL"


def connect(server, user=USER, password=PASSWORD):
    return adbc.connect(f"grpc://{server.flight_sql}", db_kwargs={"username": user, "password": password})


@client("ADBC Flight SQL", PROTOCOL)
def queries(server):
    """logs in, queries, binds parameters, streams a large result"""
    with connect(server) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) AS n, 'é' AS t FROM profiles.customer")
        equal(cursor.fetchall()[0][1], "é")
        cursor.execute("SELECT $1 + 1 AS a, $2 AS b", (41, "x"))
        equal(cursor.fetchone(), (42, "x"))
        cursor.execute("SELECT value, value % 7 AS m FROM generate_series(1, 300000)")
        equal(cursor.fetch_arrow_table().num_rows, 300_000)
        cursor.execute("SELECT * FROM profiles.customer LIMIT 5")
        table = cursor.fetch_arrow_table()
        equal(table.num_rows, 5)
        assert not any("view" in str(field.type) for field in table.schema)
    return adbc_driver_flightsql.__version__


@client("ADBC Flight SQL", PROTOCOL)
def metadata(server):
    """lists catalogs, schemas, tables, columns and what the server can do"""
    with connect(server) as connection:
        info = connection.adbc_get_info()
        equal(info["vendor_name"], "Onefold")
        objects = connection.adbc_get_objects(depth="all").read_all().to_pylist()
        equal([c["catalog_name"] for c in objects], ["onefold"])
        schemas = {s["db_schema_name"]: s["db_schema_tables"] for s in objects[0]["catalog_db_schemas"]}
        assert {"profiles", "activities", "measures", "segments", "system"} <= set(schemas)
        customer = next(t for t in schemas["profiles"] if t["table_name"] == "customer")
        assert "customer_id" in [c["column_name"] for c in customer["table_columns"]]
        equal(sorted(connection.adbc_get_table_types()), ["TABLE", "VIEW"])
        schema = connection.adbc_get_table_schema("customer", db_schema_filter="profiles")
        assert "customer_id" in schema.names


@client("ADBC Flight SQL", PROTOCOL)
def changes(server):
    """makes and drops a definition exactly once, makes and fills a table by bulk ingest"""
    with connect(server) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE VIEW by_adbc AS SELECT 1 AS one")
        cursor.fetchall()
        cursor.execute("SELECT one FROM by_adbc")
        equal(cursor.fetchone(), (1,))
        cursor.execute("DROP VIEW by_adbc")
        cursor.fetchall()
        rows = pyarrow.table({"a": [1, 2, 3], "t": ["x", None, "z"]})
        equal(cursor.adbc_ingest("uploaded", rows, mode="create"), 3)
        equal(cursor.adbc_ingest("uploaded", rows, mode="append"), 3)
        cursor.execute("SELECT count(*), sum(a) FROM uploaded")
        equal(cursor.fetchone(), (6, 12))


@client("ADBC Flight SQL", PROTOCOL)
def security(server):
    """is refused with a wrong password and what was not granted, and sees only what was"""
    wrong = lambda: connect(server, password="wrong password").cursor().execute("SELECT 1")
    fails(adbc_driver_manager.Error, wrong, "password")
    with connect(server, READER, READER_PASSWORD) as connection, connection.cursor() as cursor:
        refused = lambda: cursor.execute("SELECT * FROM profiles.customer")
        fails(adbc_driver_manager.Error, refused, "may not read profiles.customer")
        objects = connection.adbc_get_objects(depth="tables").read_all().to_pylist()
        schemas = {s["db_schema_name"] for s in objects[0]["catalog_db_schemas"] if s["db_schema_tables"]}
        equal(schemas - {"information_schema"}, {"segments"})


@client("ADBC Flight SQL", PROTOCOL)
def session_options(server):
    """sets the schema that names are looked up in, and a time limit"""
    options = {"adbc.connection.db_schema": "profiles"}
    with adbc.connect(f"grpc://{server.flight_sql}", db_kwargs={"username": USER, "password": PASSWORD}, conn_kwargs=options) as connection:
        equal((connection.adbc_current_catalog, connection.adbc_current_db_schema), ("onefold", "profiles"))
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) > 0 FROM customer")
            equal(cursor.fetchone(), (True,))
            cursor.execute("SELECT count(*) > 0 FROM customer WHERE customer_id <> $1", ("x",))
            equal(cursor.fetchone(), (True,))
            connection.adbc_connection.set_options(**{"adbc.flight.sql.session.option.statement_timeout": "0.3"})
            slow = "SELECT count(*) FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b WHERE a.value + b.value = 3"
            fails(adbc_driver_manager.Error, lambda: (cursor.execute(slow), cursor.fetchone()), "longer than 0.3 seconds")
        wrong = lambda: connection.adbc_connection.set_options(**{"adbc.connection.db_schema": "nowhere"})
        fails(adbc_driver_manager.Error, wrong, "schema")


@client("pyarrow.flight", PROTOCOL)
def raw(server):
    """takes a token, sends it, and is refused after it was given back"""
    connection = flight.FlightClient(f"grpc://{server.flight_sql}")
    token = connection.authenticate_basic_token(USER, PASSWORD)
    options = flight.FlightCallOptions(headers=[token])
    list(connection.do_action(flight.Action("CloseSession", b""), options))
    again = lambda: list(connection.do_action(flight.Action("CloseSession", b""), options))
    fails(flight.FlightUnauthenticatedError, again, "token")
    fails(flight.FlightError, lambda: list(connection.do_action(flight.Action("CloseSession", b""))), "authorization")
    return pyarrow.__version__


@client("pandas", PROTOCOL)
def to_pandas(server):
    """reads a query by ADBC"""
    with connect(server) as connection:
        frame = pandas.read_sql("SELECT customer_id FROM profiles.customer ORDER BY 1 LIMIT 3", connection)
        equal(list(frame.columns), ["customer_id"])
        equal(len(frame), 3)
    return pandas.__version__


@client("polars", PROTOCOL)
def to_polars(server):
    """reads a query by ADBC"""
    with connect(server) as connection:
        frame = polars.read_database("SELECT count(*) AS n FROM profiles.customer", connection)
        equal(frame.columns, ["n"])
    return polars.__version__


TESTS = [queries, metadata, changes, security, session_options, raw, to_pandas, to_polars]

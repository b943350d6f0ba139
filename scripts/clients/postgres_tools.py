"""Programs that speak PostgreSQL: psql, ODBC, JDBC."""

import os
import subprocess
import urllib.parse

import pyodbc

from tests import PASSWORD, USER, client, equal

PROTOCOL = "PostgreSQL"
JAR = "/usr/share/java/postgresql.jar"


def psql(server, *commands):
    arguments = [part for command in commands for part in ("-c", command)]
    login = f"host={server.host} port={server.port} dbname=onefold user={USER}"
    done = subprocess.run(["psql", "-X", "-v", "ON_ERROR_STOP=1", "-d", login, *arguments],
                          env={**os.environ, "PGPASSWORD": PASSWORD}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@client("psql", PROTOCOL)
def psql_queries(server):
    """queries, \\d, \\dn, \\dt, \\dv, \\du, \\l, \\df"""
    assert "(1 row)" in psql(server, "SELECT count(*) FROM profiles.customer")
    schemas = psql(server, "\\dn+")
    assert "profiles" in schemas and "People, their records" in schemas, schemas
    assert "customer_links" in psql(server, "\\dt profiles.*")
    psql(server, "\\dv profiles.*")
    described = psql(server, "\\d profiles.customer")
    assert "customer_id" in described and "customer_pkey" in described, described
    described = psql(server, "\\d profiles.customer_links")
    assert "FOREIGN KEY (customer_id) REFERENCES profiles.customer" in described, described
    psql(server, "\\d+ profiles.customer_360")
    psql(server, "\\l")
    assert USER in psql(server, "\\du")
    psql(server, "\\df lower")
    return subprocess.run(["psql", "--version"], capture_output=True, text=True).stdout.split()[2]


@client("psqlODBC", PROTOCOL)
def odbc(server):
    """lists tables, columns and keys, reads with and without cursors"""
    for fetch in [0, 1]:
        login = (f"Driver={{PostgreSQL Unicode}};Server={server.host};Port={server.port};Database=onefold;"
                 f"Uid={USER};Pwd={PASSWORD};UseDeclareFetch={fetch};Fetch=50")
        connection = pyodbc.connect(login)
        cursor = connection.cursor()
        names = {row.table_name for row in cursor.tables(schema="profiles")}
        assert {"customer", "customer_links"} <= names, names
        columns = [row.column_name for row in cursor.columns(table="customer", schema="profiles")]
        assert "customer_id" in columns
        equal([row.column_name for row in cursor.primaryKeys(table="customer", schema="profiles")], ["customer_id"])
        equal(len(cursor.execute("SELECT value FROM generate_series(1, 200)").fetchall()), 200)
        equal(cursor.execute("SELECT ? + 1", 41).fetchone()[0], 42)
        connection.close()
    return pyodbc.version


@client("pgJDBC", PROTOCOL)
def jdbc(server):
    """lists tables, columns and keys by sqlline, queries"""
    script = """!tables
!columns customer
!primarykeys customer
!exportedkeys customer
!importedkeys customer_links
!indexes customer
SELECT count(*) AS n FROM profiles.customer;
!quit
"""
    path = f"/usr/share/java/sqlline.jar:/usr/share/java/jline.jar:{JAR}"
    address = f"jdbc:postgresql://{server.host}:{server.port}/onefold?user={USER}&password={urllib.parse.quote(PASSWORD)}"
    login = ["-u", address]
    done = subprocess.run(["java", "-cp", path, "sqlline.SqlLine", *login, "-d", "org.postgresql.Driver"],
                          input=script, capture_output=True, text=True, timeout=120)
    out = done.stdout + done.stderr
    assert "customer_pkey" in out and "Error" not in out, out
    return "42.5.5"


TESTS = [psql_queries, odbc, jdbc]

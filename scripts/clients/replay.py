"""Statements of clients that cannot be installed, as they were recorded; skipped where the recordings are absent."""

import os
import pathlib
import re

import psycopg

from postgres_python import url
from run import ROOT
from tests import client

FOLDER = pathlib.Path(os.environ.get("ONEFOLD_BI_QUERIES", ROOT.parent / "shared" / "reference" / "bi-queries"))
RELATION = '"profiles"."customer"'


def statements(file):
    text = "\n".join(line.split("-- ")[0] for line in file.read_text().splitlines() if not line.startswith("--"))
    text = text.replace("'public'", "'profiles'").replace("'customers'", "'customer'").replace('"public"."customers"', RELATION)
    for column in ["a", "b", "region"]:
        text = text.replace(f'"{column}"', '"customer_id"')
    text = text.replace('sum("rows"."revenue")', "count(*)").replace('"_"."revenue"', '"_"."customer_id" as revenue')
    return [s for s in map(str.strip, text.split(";")) if s]


def replay(name):
    def test(server):
        file = next(FOLDER.glob(name), None)
        if file is None:
            print(f"skipped: {FOLDER / name} is absent; set ONEFOLD_BI_QUERIES to the folder that has it")
            return ""
        failed, silent = [], []
        with psycopg.connect(url(server), autocommit=True) as connection:
            for statement in statements(file):
                try:
                    if statement.startswith("COPY"):
                        with connection.cursor().copy(statement) as copy:
                            assert list(copy)
                        continue
                    arguments = None
                    if "$2" in statement:
                        arguments = ["profiles", ["r", "v"] if "ANY($2)" in statement else "customer"]
                    elif "$1" in statement:
                        arguments = ["profiles.customer"]
                    cursor = connection.execute(re.sub(r"\$[12]", "%s", statement.replace("%", "%%")) if arguments else statement, arguments)
                    if cursor.description and not cursor.fetchall() and "enum" not in statement and "typtype = 'c'" not in statement:
                        silent.append(statement)
                except psycopg.Error as e:
                    failed.append(f"{statement}\n  {e}")
        assert not failed, "\n".join(failed)
        assert not silent, "no rows: " + "\n".join(silent)
        return ""
    return test


@client("Power BI (Npgsql)", "PostgreSQL")
def powerbi(server):
    """replayed: types, navigator, keys, preview and import"""
    return replay("powerbi_npgsql.sql")(server)


@client("ADBC PostgreSQL", "PostgreSQL")
def adbc(server):
    """replayed: start-up and object lists"""
    return replay("adbc_postgresql_*.sql")(server)


TESTS = [powerbi, adbc]

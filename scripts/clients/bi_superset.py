"""Apache Superset, from an environment of its own, since its pins conflict with the other clients."""

import atexit
import json
import os
import pathlib
import re
import secrets
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

from tests import PASSWORD, USER, Skipped, client, equal

FOLDER = pathlib.Path(sys.prefix).parent / "superset"
BIN = FOLDER / "venv" / "bin"
LOGIN = {"username": "admin", "password": secrets.token_urlsafe()}


class Superset:
    """The server, with an empty database of its own in `home`, and its REST API."""

    def __init__(self, home):
        home.mkdir()
        config = home / "superset_config.py"
        config.write_text(f"SECRET_KEY = {secrets.token_urlsafe(42)!r}\nWTF_CSRF_ENABLED = False\n")
        self.environment = {**os.environ, "SUPERSET_HOME": str(home), "SUPERSET_CONFIG_PATH": str(config),
                            "FLASK_APP": "superset.app:create_app()"}
        # Its migrations take half a minute, and give the same each time.
        migrated = FOLDER / "superset.db"
        if not migrated.exists():
            self.command("db", "upgrade")
            self.command("init")
            shutil.copy(home / "superset.db", migrated)
        shutil.copy(migrated, home)
        self.command("fab", "create-admin", *(f"--{key}={value}" for key, value in LOGIN.items()),
                     "--firstname=A", "--lastname=B", "--email=a@example.com")
        self.log = log = home / "log"
        self.process = subprocess.Popen(
            [BIN / "gunicorn", "--no-control-socket", "-b", "127.0.0.1:0", "-k", "gthread", "--threads", "8",
             "--timeout", "300", "superset.app:create_app()"],
            env=self.environment, stdout=subprocess.DEVNULL, stderr=log.open("w"))
        atexit.register(self.process.kill)
        while not (found := re.search(r"Listening at: (http://\S+)", log.read_text())):
            assert self.process.poll() is None, log.read_text()
            time.sleep(0.2)
        self.address, self.headers = found.group(1), {"Content-Type": "application/json"}

    def __enter__(self):
        token = self.post("security/login", **LOGIN, provider="db")["access_token"]
        self.headers["Authorization"] = f"Bearer {token}"
        return self

    def __exit__(self, error, *_):
        self.process.terminate()
        self.process.wait(20)
        if error:
            print(self.log.read_text()[-3000:])

    def command(self, *arguments):
        done = subprocess.run([BIN / "superset", *arguments], env=self.environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.address}/api/v1/{path}", data, self.headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=300) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as e:
            raise AssertionError(f"{method} {path}: {e.code} {e.read().decode()}") from e

    def get(self, path, **query):
        return self.call("GET", f"{path}?q={urllib.parse.quote(rison(query))}" if query else path)

    def post(self, path, **body):
        return self.call("POST", path, body)


def rison(query):
    return "(" + ",".join(f"{k}:{'!t' if v is True else v}" for k, v in query.items()) + ")"


COUNT = {"expressionType": "SQL", "sqlExpression": "count(*)", "label": "customers"}
REVENUE = {"expressionType": "SIMPLE", "column": {"column_name": "revenue"}, "aggregate": "SUM", "label": "revenue"}
MONTH = {"columnType": "BASE_AXIS", "expressionType": "SQL", "sqlExpression": "month", "label": "month", "timeGrain": "P3M"}


def reads(superset, server):
    """Connects, and lists what there is; gives the database."""
    uri = f"postgresql+psycopg2://{USER}:{urllib.parse.quote(PASSWORD)}@{server.host}:{server.port}/onefold"
    superset.post("database/test_connection/", database_name="Onefold", sqlalchemy_uri=uri)
    database = superset.post("database/", database_name="Onefold", sqlalchemy_uri=uri, expose_in_sqllab=True, allow_dml=True)["id"]
    equal(superset.get(f"database/{database}/catalogs/")["result"], ["onefold"])
    schemas = superset.get(f"database/{database}/schemas/", force=True)["result"]
    assert {"profiles", "activities", "measures", "segments", "predictions"} <= set(schemas), schemas
    tables = superset.get(f"database/{database}/tables/", force=True, schema_name="profiles")["result"]
    found = {table["value"]: table["type"] for table in tables}
    equal((found["customer"], found["customer_360"]), ("table", "view"))
    describe = lambda table: superset.call("GET", f"database/{database}/table_metadata/?name={table}&schema=profiles")
    columns = {column["name"]: column for column in describe("customer")["columns"]}
    equal((columns["birth_date"]["type"], columns["points"]["type"]), ("DATE", "BIGINT"))
    assert columns["customer_id"]["comment"]
    equal([key["referred_table"] for key in describe("customer_links")["foreignKeys"]], ["customer"])
    return database


def datasets(superset, database):
    relations = [("profiles", "customer_360"), ("segments", "membership"), ("measures", "revenue_by_month")]
    made = {}
    for schema, table in relations:
        made[table] = superset.post("dataset/", database=database, schema=schema, table_name=table)["id"]
    columns = {c["column_name"]: c for c in superset.get(f"dataset/{made['revenue_by_month']}")["result"]["columns"]}
    equal((columns["month"]["is_dttm"], columns["revenue"]["type"]), (True, "NUMERIC(22, 2)"))
    return made


def data(superset, dataset, **query):
    answer = superset.post("chart/data", datasource={"id": dataset, "type": "table"}, force=True, result_format="json",
                           result_type="full", queries=[{"row_limit": 100, "filters": [], **query}])
    return answer["result"][0]["data"]


def charts(superset, made):
    """Asks what the charts of the dashboard ask, and what filters add."""
    members = data(superset, made["membership"], columns=["segment"], metrics=[COUNT], orderby=[[COUNT, False]],
                   filters=[{"col": "left_at", "op": "IS NULL"}])
    assert {"gold", "lapsed"} <= {row["segment"] for row in members}, members
    quarters = data(superset, made["revenue_by_month"], columns=[MONTH, "channel"], metrics=[REVENUE])
    assert len(quarters) == 20 and all(row["revenue"] > 0 for row in quarters), quarters
    year = data(superset, made["revenue_by_month"], columns=[MONTH, "channel"], metrics=[REVENUE],
                filters=[{"col": "month", "op": "TEMPORAL_RANGE", "val": "2025-01-01 : 2026-01-01"}])
    assert 0 < len(year) < len(quarters), year
    best = data(superset, made["customer_360"], columns=["first_name", "last_name", "lifetime_spend"],
                orderby=[["lifetime_spend", False]], row_limit=5,
                filters=[{"col": "lifetime_spend", "op": ">", "val": 0}, {"col": "in_gold", "op": "==", "val": True},
                         {"col": "tier", "op": "IN", "val": ["gold", "platinum"]}, {"col": "email", "op": "ILIKE", "val": "%@%"}])
    equal(len(best), 5)
    tiers = superset.call("GET", f"datasource/table/{made['customer_360']}/column/tier/values/")["result"]
    assert {"gold", "silver", "bronze"} <= set(tiers), tiers


def sql_lab(superset, database):
    def answer(sql):
        found = superset.post("sqllab/execute/", database_id=database, sql=sql, schema="profiles", runAsync=False,
                              queryLimit=100, client_id=secrets.token_hex(5))
        equal(found["status"], "success")
        return found["data"]
    equal(len(answer("SELECT * FROM customer")), 100)
    assert answer("SHOW SEGMENTS")
    assert answer("SELECT * FROM generate_series(1, 3)")
    assert answer("EXPLAIN MATCH customer ('shop:C000001', 'shop:C000002')")
    answer("CREATE SEGMENT by_superset AS SELECT customer_id FROM profiles.customer WHERE points > 5000")
    assert answer("SELECT count(*) AS n FROM segments.by_superset")[0]["n"] > 0
    answer("DROP SEGMENT by_superset")


def dashboard(superset, made):
    """Four charts; gives the address."""
    where = lambda column, operator: {"expressionType": "SQL", "clause": "WHERE", "sqlExpression": f"{column} {operator}"}
    wanted = [
        ("Customers", "customer_360", 3, {"viz_type": "big_number_total", "metric": COUNT}),
        ("Segments", "membership", 9, {"viz_type": "pie", "groupby": ["segment"], "metric": COUNT,
                                       "adhoc_filters": [where("left_at", "IS NULL")]}),
        ("Revenue by quarter", "revenue_by_month", 6, {
            "viz_type": "echarts_timeseries_bar", "x_axis": "month", "time_grain_sqla": "P3M", "groupby": ["channel"],
            "metrics": [REVENUE], "stack": "Stack"}),
        ("Best customers", "customer_360", 6, {
            "viz_type": "table", "query_mode": "raw", "row_limit": 8, "order_by_cols": ['["lifetime_spend", false]'],
            "all_columns": ["first_name", "last_name", "lifetime_spend", "favourite_category"],
            "adhoc_filters": [where("lifetime_spend", "> 0")]}),
    ]
    made_dashboard = superset.post("dashboard/", dashboard_title="Customers of the roastery", published=True)["id"]
    position = {"DASHBOARD_VERSION_KEY": "v2", "ROOT_ID": {"type": "ROOT", "id": "ROOT_ID", "children": ["GRID_ID"]},
                "GRID_ID": {"type": "GRID", "id": "GRID_ID", "children": [], "parents": ["ROOT_ID"]}}
    for place, (name, table, width, params) in enumerate(wanted):
        source = f"{made[table]}__table"
        chart = superset.post("chart/", slice_name=name, viz_type=params["viz_type"], datasource_id=made[table],
                              datasource_type="table", dashboards=[made_dashboard],
                              params=json.dumps({"datasource": source, "row_limit": 100, **params}))["id"]
        row = f"ROW-{place // 2}"
        if row not in position:
            position[row] = {"type": "ROW", "id": row, "children": [], "parents": ["ROOT_ID", "GRID_ID"],
                             "meta": {"background": "BACKGROUND_TRANSPARENT"}}
            position["GRID_ID"]["children"].append(row)
        position[row]["children"].append(f"CHART-{chart}")
        position[f"CHART-{chart}"] = {"type": "CHART", "id": f"CHART-{chart}", "children": [], "parents": ["ROOT_ID", "GRID_ID", row],
                                      "meta": {"chartId": chart, "width": width, "height": 50, "sliceName": name}}
    superset.call("PUT", f"dashboard/{made_dashboard}", {"position_json": json.dumps(position)})
    return f"{superset.address}/superset/dashboard/{made_dashboard}/?standalone=2"


@client("Apache Superset", "PostgreSQL")
def superset(server):
    """lists schemas, tables, columns; datasets, charts, SQL Lab by REST; a dashboard in Chromium"""
    if not os.environ.get("ONEFOLD_TEST_SUPERSET"):
        raise Skipped("ONEFOLD_TEST_SUPERSET=1 asks for it: to install it takes minutes")
    folder = pathlib.Path(server.project).parent
    with Superset(folder / "superset") as superset:
        database = reads(superset, server)
        made = datasets(superset, database)
        charts(superset, made)
        sql_lab(superset, database)
        page, picture = dashboard(superset, made), folder / "superset.png"
        script = pathlib.Path(__file__).with_name("bi_superset_screenshot.py")
        done = subprocess.run([BIN / "python", script, superset.address, page, *LOGIN.values(), picture], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        shown = json.loads(done.stdout)
        equal(shown["errors"], [])
        equal(shown["canvases"], 2)
        customers = data(superset, made["customer_360"], columns=[], metrics=[COUNT])[0]["customers"]
        assert "machines" in shown["text"], shown["text"]
        assert re.search(f"{customers / 1000:.2f}k", shown["text"]), shown["text"]
    version = "from importlib.metadata import version; print(version('apache-superset'))"
    return subprocess.run([BIN / "python", "-c", version], capture_output=True, text=True).stdout.strip()


TESTS = [superset]

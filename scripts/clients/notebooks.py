"""The notebooks of examples/notebooks, each from a copy of the example project in this checkout."""

import os
import pathlib
import shutil

import nbclient
import nbformat

from run import ROOT
from tests import client, equal

FOLDER = ROOT / "examples" / "notebooks"


def execute(server, name):
    notebook = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert not any(cell.outputs or cell.execution_count for cell in cells), "it is to be stored without outputs"
    project = pathlib.Path(server.project).with_name("notebooks")
    if not project.exists():
        shutil.copytree(ROOT / "examples" / "retail", project, ignore=shutil.ignore_patterns(".onefold"))
    os.environ.update(ONEFOLD=os.path.abspath(server.binary), ONEFOLD_PROJECT=str(project))
    place, quiet = {"metadata": {"path": str(FOLDER)}}, ["--log-level=40"]
    nbclient.NotebookClient(notebook, timeout=300, resources=place, extra_arguments=quiet).execute()
    warned = [output.text for cell in cells for output in cell.outputs if output.get("name") == "stderr"]
    equal(warned, [])
    return nbclient.__version__


@client("Jupyter (nbclient)", "Flight SQL")
def customer_360(server):
    """runs the notebook customer_360"""
    return execute(server, "customer_360")


@client("Jupyter (nbclient)", "Flight SQL")
def segment(server):
    """runs the notebook segment"""
    execute(server, "segment")


@client("Jupyter (nbclient)", "Flight SQL")
def match_quality(server):
    """runs the notebook match_quality"""
    execute(server, "match_quality")


@client("Jupyter (nbclient)", "Flight SQL")
def predictions(server):
    """runs the notebook predictions"""
    execute(server, "predictions")


TESTS = [customer_360, segment, match_quality, predictions]

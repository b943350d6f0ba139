"""Makes the models of this folder, the people they score, and what onnxruntime says of them.

    pip install numpy onnx onnxruntime pandas scikit-learn skl2onnx && python make.py
"""

import csv
from pathlib import Path

import numpy as np
import onnxruntime
import pandas as pd
from onnx import TensorProto, helper, numpy_helper
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType, StringTensorType
from sklearn.compose import make_column_transformer
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

HERE = Path(__file__).parent
OPSET = {"": 15, "ai.onnx.ml": 3}
draw = np.random.default_rng(42)

count = 120
age = draw.integers(18, 80, count)
income = np.round(draw.gamma(4, 10, count) * 4) / 4
visits = draw.integers(0, 30, count)
channel = draw.choice(["app", "mail", "shop"], count)
unknown = draw.random(count) < 0.1
odds = 0.05 * (age - 45) - 0.08 * (income - 40) + 0.2 * (visits - 15)
won = (draw.random(count) < 1 / (1 + np.exp(-odds))).astype(np.int64)
tier = np.digitize(income + visits + draw.normal(0, 5, count), [45, 60])
X = np.column_stack([age, income, visits]).astype(np.float32)
gaps = X.copy()
gaps[unknown, 1] = np.nan

with open(HERE / "people.csv", "w", newline="") as file:
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(["number", "age", "income", "income_known", "visits", "channel", "won", "tier"])
    for i in range(count):
        known = "" if unknown[i] else income[i]
        rows.writerow([i + 1, age[i], income[i], known, visits[i], channel[i], won[i], tier[i]])


def save(name, model):
    (HERE / f"{name}.onnx").write_bytes(model.SerializeToString())


def learned(name, model, inputs=X, **options):
    save(name, to_onnx(model, inputs[:1], target_opset=OPSET, **options))


def zipmap(model, to):
    return {"options": {id(model): {"zipmap": to}}}


def network(batch):
    """A perceptron with one hidden layer."""
    weights = {
        "mean": np.array([49, 40, 15], np.float32),
        "scale": np.array([0.05, 0.04, 0.1], np.float32),
        "w1": draw.normal(size=(3, 8)).astype(np.float32),
        "b1": draw.normal(size=8).astype(np.float32),
        "w2": draw.normal(size=(8, 1)).astype(np.float32),
        "b2": draw.normal(size=1).astype(np.float32),
    }
    nodes = [
        helper.make_node("Sub", ["features", "mean"], ["centred"]),
        helper.make_node("Mul", ["centred", "scale"], ["scaled"]),
        helper.make_node("Gemm", ["scaled", "w1", "b1"], ["hidden"]),
        helper.make_node("Relu", ["hidden"], ["active"]),
        helper.make_node("Gemm", ["active", "w2", "b2"], ["sum"]),
        helper.make_node("Sigmoid", ["sum"], ["probability"]),
    ]
    return graph(nodes, [("features", TensorProto.FLOAT, [batch, 3])], [("probability", TensorProto.FLOAT, [batch, 1])], weights)


def named():
    """Inputs of their own for each column, of three types, and two outputs of numbers."""
    weights = {"w": np.array([[0.02], [-0.03], [0.1]], np.float32), "half": np.array([0.5], np.float32)}
    nodes = [
        helper.make_node("Cast", ["Visits"], ["visits_float"], to=TensorProto.FLOAT),
        helper.make_node("Cast", ["income"], ["income_float"], to=TensorProto.FLOAT),
        helper.make_node("Concat", ["AGE", "income_float", "visits_float"], ["all"], axis=1),
        helper.make_node("MatMul", ["all", "w"], ["points"]),
        helper.make_node("Mul", ["points", "half"], ["halved"]),
    ]
    inputs = [("AGE", TensorProto.FLOAT), ("income", TensorProto.DOUBLE), ("Visits", TensorProto.INT64)]
    outputs = [(name, TensorProto.FLOAT, ["N", 1]) for name in ["points", "halved"]]
    return graph(nodes, [(name, kind, ["N", 1]) for name, kind in inputs], outputs, weights)


def gapped():
    """Two trees that know where to go without an income."""
    tree = dict(
        nodes_treeids=[0, 0, 0, 1, 1, 1],
        nodes_nodeids=[0, 1, 2, 0, 1, 2],
        nodes_featureids=[1, 0, 0, 2, 0, 0],
        nodes_modes=["BRANCH_LEQ", "LEAF", "LEAF"] * 2,
        nodes_values=[40.0, 0.0, 0.0, 14.5, 0.0, 0.0],
        nodes_truenodeids=[1, 0, 0, 1, 0, 0],
        nodes_falsenodeids=[2, 0, 0, 2, 0, 0],
        nodes_missing_value_tracks_true=[1, 0, 0, 0, 0, 0],
        class_treeids=[0, 0, 1, 1],
        class_nodeids=[1, 2, 1, 2],
        class_ids=[1] * 4,
        class_weights=[0.9, -0.6, -0.7, 0.4],
        classlabels_strings=["lost", "won"],
        post_transform="LOGISTIC",
    )
    node = helper.make_node("TreeEnsembleClassifier", ["X"], ["label", "probabilities"], domain="ai.onnx.ml", **tree)
    outputs = [("label", TensorProto.STRING, ["N"]), ("probabilities", TensorProto.FLOAT, ["N", 2])]
    return graph([node], [("X", TensorProto.FLOAT, ["N", 3])], outputs, {})


def graph(nodes, inputs, outputs, weights):
    values = lambda all: [helper.make_tensor_value_info(*one) for one in all]
    constants = [numpy_helper.from_array(value, name) for name, value in weights.items()]
    body = helper.make_graph(nodes, "model", values(inputs), values(outputs), constants)
    return helper.make_model(body, opset_imports=[helper.make_opsetid(*one) for one in OPSET.items()], ir_version=8)


learned("linear", LinearRegression().fit(X, 3 * odds + draw.normal(size=count)))
logistic = LogisticRegression(max_iter=1000).fit(X, won)
learned("logistic", logistic, **zipmap(logistic, False))
texts = LogisticRegression(max_iter=1000).fit(X, np.array(["bronze", "silver", "gold"])[tier])
learned("maps", texts, **zipmap(texts, True))
forest = RandomForestClassifier(6, max_depth=3, random_state=42).fit(X, tier)
learned("forest", forest, **zipmap(forest, False))
two = RandomForestClassifier(6, max_depth=3, random_state=42).fit(X, won)
learned("forest_of_two", two, **zipmap(two, False))
boosted = GradientBoostingClassifier(n_estimators=8, max_depth=2, random_state=42).fit(X, won)
learned("boosted", boosted, **zipmap(boosted, False))
save("gapped", gapped())
save("network", network("N"))
save("network_of_one", network(1))
save("named", named())
encoder = make_column_transformer((OneHotEncoder(), ["channel"]), ("passthrough", ["age"]))
frame = pd.DataFrame({"channel": channel, "age": age.astype(np.float32)})
pipeline = make_pipeline(encoder, LogisticRegression(max_iter=1000)).fit(frame, won)
types = [("channel", StringTensorType([None, 1])), ("age", FloatTensorType([None, 1]))]
save("texts", to_onnx(pipeline, initial_types=types, target_opset=OPSET, options={"zipmap": False}))

with open(HERE / "expected.csv", "w", newline="") as file:
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(["model", "number", "score", "predicted"])
    for path in sorted(HERE.glob("*.onnx")):
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        name = path.stem
        columns = {"age": X[:, :1], "income": X[:, 1:2].astype(np.float64), "visits": visits[:, None].astype(np.int64),
                   "channel": channel[:, None].astype(object)}
        inputs = session.get_inputs()
        for i in range(count):
            if len(inputs) == 1:
                row = (gaps if name == "gapped" else X)[i : i + 1]
                given = {inputs[0].name: row}
            else:
                given = {one.name: columns[one.name.lower()][i : i + 1] for one in inputs}
            out = session.run(None, given)
            scores = out[1] if len(out) == 2 and name != "named" else out[0]
            label = out[0].ravel()[0] if len(out) == 2 and name != "named" else ""
            score = list(scores[0].values())[-1] if isinstance(scores, list) else scores.ravel()[-1]
            rows.writerow([name, i + 1, repr(float(score)), label])

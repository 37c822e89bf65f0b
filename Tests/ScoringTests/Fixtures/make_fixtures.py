"""Trains the small models that the native readers are tested with and records what the libraries answer.

Run it with the versions below; the results are committed, so tests need neither Python nor the libraries:

    pip install numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 pandas==3.1.1 lightgbm==4.7.0 xgboost==3.2.0
    python make_fixtures.py

Every model `<name>` gets a file of the library's own format and `<name>.expected.json` with the rows that were
scored (null is missing), the raw scores and the predictions, row by row, as shortest decimals that read back equal.
"""

import json
import pathlib

import lightgbm
import numpy
import pandas
import xgboost

HERE = pathlib.Path(__file__).parent
NAMES = ["income", "debt_ratio", "utilisation", "late_payments"]
ROWS_TRAINED = 600
ROWS_SCORED = 60

chance = numpy.random.default_rng(20_240_601)


def features(rows):
    values = chance.normal(size=(rows, len(NAMES))).round(3)
    values[:, 3] = chance.poisson(0.7, rows)
    values[chance.random(values.shape) < 0.12] = numpy.nan
    return values


TRAINING = features(ROWS_TRAINED)
SCORED = features(ROWS_SCORED)
# Values on and about the borders that decide where a row goes.
SCORED[0] = [0.0, -0.0, 1e-36, -1e-36]
SCORED[1] = [1e-35, -1e-35, 1.0000000180025095e-35, 1.1e-35]
SCORED[2] = numpy.nan
SCORED[3] = [1e30, -1e30, 1e-30, 12345.6789]

filled = numpy.nan_to_num(TRAINING)
signal = filled[:, 0] - filled[:, 1] * filled[:, 2] + 0.6 * filled[:, 3] + 0.3 * chance.normal(size=ROWS_TRAINED)
LABELS = {
    "yes_no": (signal > 0.4).astype(float),
    "share": 1 / (1 + numpy.exp(-signal)),
    "value": signal * 10,
    "count": chance.poisson(numpy.exp(numpy.clip(signal, -3, 2))).astype(float),
    "positive": numpy.exp(signal / 2),
    "class": numpy.digitize(signal, [-0.3, 0.8]).astype(float),
}


def rows(values):
    values = numpy.asarray(values, dtype=numpy.float64)
    values = values.reshape(len(values), -1)
    return [[None if numpy.isnan(cell) else float(cell) for cell in row] for row in values]


def write_expected(name, raw, predictions, scored=SCORED):
    document = {"columns": NAMES, "rows": rows(scored), "raw": rows(raw), "predictions": rows(predictions)}
    (HERE / f"{name}.expected.json").write_text(json.dumps(document, separators=(",", ":")) + "\n")


def xgboost_model(name, label, extensions=("json",), rounds=6, names=NAMES, **options):
    training = xgboost.DMatrix(TRAINING, LABELS[label], feature_names=names)
    settings = {"max_depth": 3, "eta": 0.3, "seed": 7, "nthread": 1, **options}
    booster = xgboost.train(settings, training, rounds)
    for extension in extensions:
        booster.save_model(HERE / f"{name}.{extension}")
    scored = xgboost.DMatrix(SCORED, feature_names=names)
    write_expected(name, booster.predict(scored, output_margin=True), booster.predict(scored))


def lightgbm_model(name, label, rounds=6, names=NAMES, scored=SCORED, **options):
    settings = {"num_leaves": 7, "learning_rate": 0.3, "seed": 7, "num_threads": 1, "verbose": -1,
                "deterministic": True, "min_data_in_leaf": 10, **options}
    training = lightgbm.Dataset(TRAINING, LABELS[label], feature_name=names, params=settings)
    booster = lightgbm.train(settings, training, rounds)
    booster.save_model(HERE / f"{name}.txt")
    write_expected(name, booster.predict(scored, raw_score=True), booster.predict(scored), scored)


def early_stopped_classifier(name):
    """scikit-learn's class predicts with the best iteration, although the file holds the later ones as well."""
    training, held_out = slice(0, 300), slice(300, None)
    classifier = xgboost.XGBClassifier(
        n_estimators=30, max_depth=3, learning_rate=0.8, early_stopping_rounds=4, random_state=7, n_jobs=1)
    classifier.fit(TRAINING[training], LABELS["yes_no"][training], verbose=False,
                   eval_set=[(TRAINING[held_out], LABELS["yes_no"][held_out])])
    assert classifier.best_iteration + 1 < classifier.get_booster().num_boosted_rounds()
    classifier.save_model(HERE / f"{name}.json")
    raw = classifier.predict(SCORED, output_margin=True)
    write_expected(name, raw, classifier.predict_proba(SCORED)[:, 1])


def early_stopped_booster(name):
    """A booster of its own predicts with all trees, whatever the best iteration was."""
    training, held_out = slice(0, 300), slice(300, None)
    matrix = xgboost.DMatrix(TRAINING[training], LABELS["yes_no"][training], feature_names=NAMES)
    watched = xgboost.DMatrix(TRAINING[held_out], LABELS["yes_no"][held_out], feature_names=NAMES)
    settings = {"objective": "binary:logistic", "max_depth": 3, "eta": 0.8, "seed": 7, "nthread": 1}
    booster = xgboost.train(
        settings, matrix, 30, evals=[(watched, "held_out")], early_stopping_rounds=4, verbose_eval=False)
    assert booster.best_iteration + 1 < booster.num_boosted_rounds()
    booster.save_model(HERE / f"{name}.ubj")
    scored = xgboost.DMatrix(SCORED, feature_names=NAMES)
    write_expected(name, booster.predict(scored, output_margin=True), booster.predict(scored))


# Data for categorical features: codes with odd ones among the scored rows, and the same as a data frame of words.
CODES = numpy.nan_to_num(TRAINING[:, 3]) * 5 + numpy.arange(ROWS_TRAINED) % 5
CODED = numpy.column_stack([TRAINING[:, :3], CODES])
CODED[::9, 3] = numpy.nan
CODED_SCORED = numpy.column_stack([SCORED[:, :3], numpy.arange(ROWS_SCORED) % 33])
CODED_SCORED[:9, 3] = [numpy.nan, -1, -0.5, 0.9, 3.7, 16777215, 16777216, 40, 1e30]
CODED_VALUE = LABELS["value"] + 4 * numpy.sin(CODES * 1.7)
WORDS = numpy.array(["north", "east", "south west", "hill", "007"])


def frame(values, codes):
    """The same rows with words for codes; a code beyond the words is missing."""
    table = pandas.DataFrame(values[:, :3], columns=NAMES[:3])
    codes = numpy.where(numpy.isfinite(codes) & (codes >= 0) & (codes < len(WORDS)), codes, -1).astype(int)
    table[NAMES[3]] = pandas.Categorical.from_codes(codes, WORDS)
    return table


def cells(table):
    return [[None if pandas.isna(cell) else cell for cell in row] for row in table.itertuples(index=False)]


def write_with_leaves(name, scored, raw, predictions, leaves):
    document = {"columns": NAMES, "rows": cells(scored) if isinstance(scored, pandas.DataFrame) else rows(scored),
                "raw": rows(raw), "predictions": rows(predictions)}
    if leaves is not None:
        document["leaves"] = rows(leaves)
    (HERE / f"{name}.expected.json").write_text(json.dumps(document, separators=(",", ":")) + "\n")


def xgboost_structure(name, matrix, scored_matrix, scored, rounds=3, **options):
    """An option that changes what a tree is; leaves are compared as well."""
    booster = xgboost.train({"max_depth": 3, "nthread": 1, "seed": 7, **options}, matrix, rounds)
    booster.save_model(HERE / f"{name}.ubj")
    has_leaves = options.get("booster") != "gblinear" and "multi_strategy" not in options
    leaves = booster.predict(scored_matrix, pred_leaf=True) if has_leaves else None
    write_with_leaves(
        name, scored, booster.predict(scored_matrix, output_margin=True), booster.predict(scored_matrix), leaves)


def lightgbm_structure(name, data, scored, rounds=3, **options):
    settings = {"num_leaves": 6, "num_threads": 1, "verbose": -1, "deterministic": True, "seed": 7, **options}
    booster = lightgbm.train(settings, data(settings), rounds)
    booster.save_model(HERE / f"{name}.txt")
    write_with_leaves(name, scored, booster.predict(scored, raw_score=True), booster.predict(scored),
                      booster.predict(scored, pred_leaf=True))


def structures():
    def matrix(data, label=None, **options):
        return xgboost.DMatrix(data, label, feature_names=None if isinstance(data, pandas.DataFrame) else NAMES, **options)

    kinds = {"feature_types": ["q", "q", "q", "c"], "enable_categorical": True}
    known = numpy.where(numpy.abs(CODED_SCORED[:, 3]) > 2**24, 2**24, CODED_SCORED[:, 3])
    scored = numpy.column_stack([CODED_SCORED[:, :3], known])
    for name, one_hot in [("xgboost_category_sets", 1), ("xgboost_one_category", 100)]:
        xgboost_structure(name, matrix(CODED, CODED_VALUE, **kinds), matrix(scored, **kinds), scored,
                          max_cat_to_onehot=one_hot)
    words, words_scored = frame(CODED, CODES % 5), frame(CODED_SCORED, CODED_SCORED[:, 3])
    xgboost_structure("xgboost_category_names", matrix(words, CODED_VALUE, enable_categorical=True),
                      matrix(words_scored, enable_categorical=True), words_scored, max_cat_to_onehot=1)
    xgboost_structure("xgboost_linear", matrix(TRAINING, LABELS["class"]), matrix(SCORED), SCORED, booster="gblinear",
                      objective="multi:softprob", num_class=3, updater="coord_descent")
    targets = numpy.column_stack([LABELS["value"], LABELS["share"]])
    for strategy in ["one_output_per_tree", "multi_output_tree"]:
        xgboost_structure(f"xgboost_targets_{strategy}", matrix(TRAINING, targets), matrix(SCORED), SCORED,
                          multi_strategy=strategy, tree_method="hist")
    ranked = matrix(TRAINING, LABELS["class"])
    ranked.set_group([100] * (ROWS_TRAINED // 100))
    xgboost_structure("xgboost_rank", ranked, matrix(SCORED), SCORED, objective="rank:ndcg")
    survival = matrix(TRAINING)
    survival.set_float_info("label_lower_bound", LABELS["positive"])
    survival.set_float_info("label_upper_bound", LABELS["positive"] * (1 + (numpy.arange(ROWS_TRAINED) % 3)))
    xgboost_structure("xgboost_survival_aft", survival, matrix(SCORED), SCORED, objective="survival:aft")
    xgboost_structure("xgboost_quantiles", matrix(TRAINING, LABELS["value"]), matrix(SCORED), SCORED,
                      objective="reg:quantileerror", quantile_alpha=[0.1, 0.5, 0.9])

    def dataset(values, label, **options):
        names = "auto" if isinstance(values, pandas.DataFrame) else NAMES
        return lambda settings: lightgbm.Dataset(values, label, feature_name=names, params=settings, **options)

    small = {"min_data_per_group": 5, "cat_smooth": 1, "min_data_in_leaf": 5}
    lightgbm_structure("lightgbm_category_sets", dataset(CODED, CODED_VALUE, categorical_feature=[NAMES[3]]), CODED_SCORED,
                       **small)
    lightgbm_structure("lightgbm_category_names", dataset(words, CODED_VALUE), words_scored, **small)
    lightgbm_structure("lightgbm_linear", dataset(TRAINING, LABELS["value"]), SCORED, linear_tree=True)
    lightgbm_structure("lightgbm_rank", dataset(TRAINING, LABELS["class"].astype(int), group=[100] * (ROWS_TRAINED // 100)),
                       SCORED, objective="lambdarank")


xgboost_model("xgboost_binary", "yes_no", ("json", "ubj"), objective="binary:logistic")
xgboost_model("xgboost_multiclass", "class", ("json", "ubj"), objective="multi:softprob", num_class=3, rounds=4)
xgboost_model("xgboost_regression", "value", ("json", "ubj"), objective="reg:squarederror")
xgboost_model("xgboost_without_names", "value", ("ubj",), names=None, objective="reg:squarederror", rounds=3)
xgboost_model("xgboost_class_index", "class", ("ubj",), objective="multi:softmax", num_class=3, rounds=3)
xgboost_model("xgboost_base_score", "yes_no", ("ubj",), objective="binary:logistic", base_score=0.2, rounds=3)
xgboost_model("xgboost_dart", "yes_no", ("ubj",), objective="binary:logistic", booster="dart", rate_drop=0.4)
xgboost_model("xgboost_forest", "class", ("ubj",), objective="multi:softprob", num_class=3, rounds=2,
              num_parallel_tree=3, subsample=0.6, max_depth=2)
for objective, label in [
    ("reg:logistic", "share"), ("binary:logitraw", "yes_no"), ("count:poisson", "count"),
    ("reg:gamma", "positive"), ("reg:tweedie", "positive"), ("reg:absoluteerror", "value"),
    ("reg:pseudohubererror", "value"), ("reg:squaredlogerror", "positive"),
]:
    xgboost_model("xgboost_" + objective.replace(":", "_"), label, ("ubj",), rounds=3, objective=objective)
xgboost_model("xgboost_binary_hinge", "yes_no", ("json", "ubj"), rounds=3, objective="binary:hinge")
early_stopped_booster("xgboost_early_stopped_booster")
early_stopped_classifier("xgboost_early_stopped_classifier")

lightgbm_model("lightgbm_binary", "yes_no", objective="binary")
lightgbm_model("lightgbm_binary_sigmoid", "yes_no", objective="binary", sigmoid=2.5, rounds=3)
lightgbm_model("lightgbm_multiclass", "class", objective="multiclass", num_class=3, rounds=4)
lightgbm_model("lightgbm_multiclassova", "class", objective="multiclassova", num_class=3, sigmoid=0.7, rounds=3)
lightgbm_model("lightgbm_regression", "value", objective="regression")
lightgbm_model("lightgbm_regression_sqrt", "value", objective="regression", reg_sqrt=True, rounds=3)
lightgbm_model("lightgbm_without_names", "value", names="auto", objective="regression", rounds=3)
lightgbm_model("lightgbm_zero_as_missing", "yes_no", objective="binary", zero_as_missing=True)
lightgbm_model("lightgbm_use_no_missing", "yes_no", objective="binary", use_missing=False)
lightgbm_model("lightgbm_forest", "yes_no", objective="binary", boosting="rf", bagging_fraction=0.6, bagging_freq=1)
lightgbm_model("lightgbm_dart", "yes_no", objective="binary", boosting="dart", drop_rate=0.4)
lightgbm_model("lightgbm_stump", "value", objective="regression", min_data_in_leaf=ROWS_TRAINED, rounds=2)
for objective, label in [
    ("regression_l1", "value"), ("huber", "value"), ("fair", "value"), ("quantile", "value"), ("mape", "positive"),
    ("poisson", "count"), ("gamma", "positive"), ("tweedie", "positive"), ("cross_entropy", "share"),
    ("cross_entropy_lambda", "share"),
]:
    lightgbm_model("lightgbm_" + objective, label, rounds=2, objective=objective)
structures()

import GatehouseCore
import Scoring
import Statistics
import Testing

@Suite("Native scoring agrees with the training libraries")
struct NativeAgreementTests {
    static let files = [
        "xgboost_binary.json", "xgboost_binary.ubj", "xgboost_multiclass.json", "xgboost_multiclass.ubj",
        "xgboost_regression.json", "xgboost_regression.ubj", "xgboost_without_names.ubj", "xgboost_class_index.ubj",
        "xgboost_base_score.ubj", "xgboost_dart.ubj", "xgboost_forest.ubj", "xgboost_reg_logistic.ubj",
        "xgboost_binary_logitraw.ubj", "xgboost_binary_hinge.ubj", "xgboost_count_poisson.ubj", "xgboost_reg_gamma.ubj",
        "xgboost_reg_tweedie.ubj", "xgboost_reg_absoluteerror.ubj", "xgboost_reg_pseudohubererror.ubj",
        "xgboost_reg_squaredlogerror.ubj", "xgboost_early_stopped_classifier.json", "xgboost_early_stopped_booster.ubj",
        "xgboost_1_7_binary.json", "xgboost_1_7_binary.ubj", "lightgbm_3_3_binary.txt",
        "lightgbm_binary.txt", "lightgbm_binary_sigmoid.txt", "lightgbm_multiclass.txt", "lightgbm_multiclassova.txt",
        "lightgbm_regression.txt", "lightgbm_regression_sqrt.txt", "lightgbm_without_names.txt",
        "lightgbm_zero_as_missing.txt", "lightgbm_use_no_missing.txt", "lightgbm_forest.txt", "lightgbm_dart.txt",
        "lightgbm_stump.txt", "lightgbm_regression_l1.txt", "lightgbm_huber.txt", "lightgbm_fair.txt",
        "lightgbm_quantile.txt", "lightgbm_mape.txt", "lightgbm_poisson.txt", "lightgbm_gamma.txt",
        "lightgbm_tweedie.txt", "lightgbm_cross_entropy.txt", "lightgbm_cross_entropy_lambda.txt",
        "xgboost_category_sets.ubj", "xgboost_one_category.ubj", "xgboost_category_names.ubj", "xgboost_linear.ubj",
        "xgboost_targets_one_output_per_tree.ubj", "xgboost_targets_multi_output_tree.ubj", "xgboost_rank.ubj",
        "xgboost_survival_aft.ubj", "xgboost_quantiles.ubj", "lightgbm_category_sets.txt", "lightgbm_category_names.txt",
        "lightgbm_linear.txt", "lightgbm_rank.txt",
    ]

    private static func fixture(of file: String) throws -> ModelFixture {
        try ModelFixture(String(try #require(file.split(separator: ".").first)))
    }

    @Test("raw scores are bit-equal to the library's", arguments: files)
    func rawScores(file: String) async throws {
        let fixture = try Self.fixture(of: file)
        let runner = NativeRunner(try ModelFixture.model(file), raw: true)
        let scores = try await runner.predict(fixture.table) { _ in }
        #expect(rowsOf(scores.values, outputs: scores.outputs) == fixture.raw)
    }

    @Test("predictions agree with the library's within 1e-6", arguments: files)
    func predictions(file: String) async throws {
        let fixture = try Self.fixture(of: file)
        let scores = try await NativeRunner(try ModelFixture.model(file)).predict(fixture.table) { _ in }
        let rows = rowsOf(scores.values, outputs: scores.outputs)
        try #require(rows.count == fixture.predictions.count)
        for (mine, theirs) in zip(rows, fixture.predictions) {
            try #require(mine.count == theirs.count)
            for (own, reference) in zip(mine, theirs) {
                #expect(abs(own - reference) <= 1e-6 * max(1, abs(reference)))
            }
        }
    }

    @Test("every row arrives at the leaf the library finds", arguments: files)
    func leaves(file: String) async throws {
        let fixture = try Self.fixture(of: file)
        guard let expected = fixture.leaves else { return }
        let model = try ModelFixture.model(file)
        let leaves = try await NativeRunner(model).leaves(fixture.table)
        #expect(rowsOf(leaves.map { Double($0) }, outputs: model.treeCount) == expected)
    }

    @Test("JSON and UBJSON of one model are the same model", arguments: ["binary", "multiclass", "regression"])
    func jsonAndUBJSON(kind: String) async throws {
        let json = try ModelFixture.model("xgboost_\(kind).json")
        let binary = try ModelFixture.model("xgboost_\(kind).ubj")
        let table = try ModelFixture("xgboost_\(kind)").table
        #expect(json.format == .xgboostJSON)
        #expect(binary.format == .xgboostUBJSON)
        #expect(json.featureNames == binary.featureNames)
        #expect(json.treeCount == binary.treeCount)
        let answers = try await NativeRunner(json).predict(table) { _ in }
        #expect(try await NativeRunner(binary).predict(table) { _ in } == answers)
    }

    /// Expected values from LightGBM 4.7.0, which loaded the same text. Decision type 6: zero is missing and goes left,
    /// although the threshold would send it right.
    @Test("what counts as zero for LightGBM ends at the float nearest to 1e-35")
    func borderOfZero() async throws {
        let model = try ModelFile.load(
            bytes: HandmadeModel.lightGBM(thresholds: "-1 1.5", decisions: "6 8"), named: "model")
        let border = 1.0000000180025095e-35
        let values = [
            1e-35, border, border.nextUp, -border, (-border).nextDown, 1e-34, 0, -0.0, .nan, -2, -1,
        ]
        let table = HandmadeModel.numbers([("a", values), ("b", Array(repeating: 0, count: values.count))])
        let scores = try await NativeRunner(model).predict(table) { _ in }
        #expect(scores.values == [1, 1, 2, 1, 2, 2, 1, 1, 1, 1, 1])
    }
}

import GatehouseCore
import Scoring
import Statistics
import Testing

/// Categories, several targets, linear leaves and weights: the parts of a model that only some options write.
@Suite("Damaged and hostile options of model files are errors")
struct DamagedOptionsTests {
    private func refusal(_ bytes: [UInt8]) -> GatehouseError? {
        do {
            _ = try ModelFile.load(bytes: bytes, named: "model")
            return nil
        } catch { return error }
    }

    private static func categories(
        _ list: String = "[1,3]", nodes: String = "[0]", starts: String = "[0]", sizes: String = "[2]", more: String = ""
    ) -> [UInt8] {
        HandmadeModel.xgboost(
            splitType: "[1,0,0]",
            treeMore: #""categories":\#(list),"categories_nodes":\#(nodes),"categories_segments":\#(starts),"#
                + #""categories_sizes":\#(sizes),"#,
            modelMore: more)
    }

    private static func named(_ lists: String) -> [UInt8] { categories(more: #""cats":{"enc":\#(lists)},"#) }

    private static func vectors(_ weights: String = "[1,2,3,4]", places: String = "[2,0,1]") -> [UInt8] {
        HandmadeModel.xgboost(
            right: places, targets: "2", treeMore: #""leaf_weights":\#(weights),"#,
            modelMore: #""iteration_indptr":[0,1],"#, leafSize: "2")
    }

    @Test("the handmade options are sound before a test damages them")
    func soundOptions() async throws {
        let table = HandmadeModel.numbers([("a", [0, 1, 2.9, 3, 4, -1, .nan, 16_777_216]), ("b", .init(repeating: 0, count: 8))])
        let sets = try ModelFile.load(bytes: Self.categories(), named: "model")
        #expect(
            try await NativeRunner(sets).predict(table) { _ in }.values == [-0.5, 1.5, -0.5, 1.5, -0.5, -0.5, -0.5, -0.5])
        let targets = try ModelFile.load(bytes: Self.vectors(), named: "model")
        let row = HandmadeModel.numbers([("a", [0, 1]), ("b", [0, 0])])
        #expect(try await NativeRunner(targets).predict(row) { _ in } == ScoreMatrix(outputs: 2, values: [1.5, 2.5, 3.5, 4.5]))
        let linear = try ModelFile.load(bytes: Self.linear(), named: "model")
        let values = HandmadeModel.numbers([("a", [0, 1, 0]), ("b", [3, 0, .nan])])
        #expect(try await NativeRunner(linear).predict(values) { _ in }.values == [16, 20, 3])
    }

    static let damagedXGBoost: [(what: String, bytes: [UInt8], says: String)] = [
        ("no categories for a split on them", categories(nodes: "[1]"), "does not list"),
        ("categories of a node beyond", categories(nodes: "[3]"), "do not fit"),
        ("categories of a node twice", categories(nodes: "[0,0]", starts: "[0,0]", sizes: "[1,1]"), "do not fit"),
        ("a segment beyond the list", categories(sizes: "[3]"), "do not fit"),
        ("a segment that overflows", categories(starts: "[9223372036854775807]"), "do not fit"),
        ("a negative segment", categories(starts: "[-1]"), "do not fit"),
        ("segments without sizes", categories(sizes: "[]"), "disagree"),
        ("a category beyond 24 bits", categories("[1,16777216]"), "beyond the range"),
        ("a negative category", categories("[-1,1]"), "beyond the range"),
        ("names for other features", named(#"[{"values":[]}]"#), "1 entries instead of 2"),
        ("a name twice", named(#"[{"values":[1,1]},{"values":[]}]"#), "stands twice"),
        ("texts beyond their bytes", named(#"[{"offsets":[0,9],"values":[97]},{"values":[]}]"#), "divide its 1 bytes"),
        ("texts that run backwards", named(#"[{"offsets":[0,2,1],"values":[97]},{"values":[]}]"#), "divide its 1 bytes"),
        ("a leaf without numbers", vectors("[1,2]"), "refers to the leaf 1"),
        ("a leaf at the end of counting", vectors(places: "[2,0,9223372036854775807]"), "refers to the leaf"),
        ("a negative leaf", vectors(places: "[2,-1,0]"), "refers to the leaf -1"),
        ("an infinite number in a leaf", vectors("[1,2,3,1e300]"), "not a finite number"),
        (
            "leaves of another size",
            HandmadeModel.xgboost(right: "[2,0,1]", treeMore: #""leaf_weights":[1,2,3,4],"#, leafSize: "2"), "1 outputs"
        ),
        (
            "leaves of a huge size",
            HandmadeModel.xgboost(
                targets: "2", modelMore: #""iteration_indptr":[0,1],"#, leafSize: "9223372036854775807"), "targets"
        ),
        ("too many targets", HandmadeModel.xgboost(targets: "99999"), "targets"),
        ("iterations that do not fit", HandmadeModel.xgboost(modelMore: #""iteration_indptr":[0,2],"#), "do not end"),
        ("no iterations", HandmadeModel.xgboost(modelMore: #""iteration_indptr":[],"#), "do not end"),
        ("a linear model without weights", HandmadeModel.xgboost(booster: "gblinear"), "weights is missing"),
        ("weights for other features", HandmadeModel.xgboost(booster: "gblinear", modelMore: #""weights":[1],"#), "1 weights"),
        (
            "an infinite weight", HandmadeModel.xgboost(booster: "gblinear", modelMore: #""weights":[1,1e99,1],"#),
            "a weight is not"
        ),
    ]

    @Test("XGBoost: the error names what is wrong", arguments: damagedXGBoost)
    func xgboost(what: String, bytes: [UInt8], says: String) throws {
        let error = try #require(refusal(bytes))
        #expect(error.message.contains(says), "\(error.message)")
        #expect(error.code == .invalidArgument || error.code == .tooLarge)
    }

    /// Leaf 0: 10 + 2·b; leaf 1: constant 20; leaf 2: 30 + a - b.
    private static func linear(
        counts: String = "1 0 2", features: String = "1 0 1", coefficients: String = "2 1 -1", constants: String = "10 20 30"
    ) -> [UInt8] {
        HandmadeModel.lightGBM(
            thresholds: "0.5 5",
            more: "is_linear=1\nleaf_const=\(constants)\nnum_features=\(counts)\nleaf_features=\(features)\n"
                + "leaf_coeff=\(coefficients)")
    }

    private static func sets(
        count: String = "1", ends: String = "0 1", words: String = "6", threshold: String = "0 1.5", decisions: String = "1 8"
    ) -> [UInt8] {
        let bytes = HandmadeModel.lightGBM(
            thresholds: threshold, decisions: decisions, more: "cat_boundaries=\(ends)\ncat_threshold=\(words)")
        return Array(String(decoding: bytes, as: UTF8.self).replacing("num_cat=0", with: "num_cat=\(count)").utf8)
    }

    static let damagedLightGBM: [(what: String, bytes: [UInt8], says: String)] = [
        ("a set beyond the sets", sets(threshold: "1 1.5"), "splits on the set"),
        ("a set that is no number", sets(threshold: "nan 1.5"), "splits on the set"),
        ("a set between sets", sets(threshold: "0.5 1.5"), "splits on the set"),
        ("more sets than leaves", sets(count: "9000000000"), "category sets"),
        ("sets beyond their words", sets(ends: "0 2"), "do not fit"),
        ("sets that run backwards", sets(count: "2", ends: "0 2 1"), "do not fit"),
        ("a word beyond 32 bits", sets(words: "4294967296"), "not a number"),
        ("a negative word", sets(words: "-1"), "not a number"),
        ("fewer terms than declared", linear(counts: "1 0 3"), "fewer features"),
        ("more terms than declared", linear(counts: "1 0 1"), "more features"),
        ("a negative number of terms", linear(counts: "1 -1 3"), "fewer features"),
        ("a term of a feature beyond", linear(features: "1 0 2"), "reads feature 2"),
        ("coefficients for other terms", linear(coefficients: "2 1"), "2 entries instead of 3"),
        ("an infinite coefficient", linear(coefficients: "2 inf 1"), "not a finite number"),
        ("an infinite constant", linear(constants: "10 nan 30"), "not a finite number"),
    ]

    @Test("LightGBM: the error names what is wrong", arguments: damagedLightGBM)
    func lightGBM(what: String, bytes: [UInt8], says: String) throws {
        let error = try #require(refusal(bytes))
        #expect(error.message.contains(says), "\(error.message)")
        #expect(error.code == .invalidArgument || error.code == .tooLarge)
    }

    @Test("iterations are chosen by range; a range that does not exist is refused")
    func iterations() async throws {
        let model = try ModelFixture.model("lightgbm_forest.txt")
        let table = try ModelFixture("lightgbm_forest").table
        #expect(try model.limited(from: nil, to: nil).treeCount == model.treeCount)
        #expect(try model.limited(from: 1, to: 3).treeCount == 2)
        var sum = [Double](repeating: 0, count: table.rowCount)
        for iteration in 0..<model.iterationCount {
            let one = try model.limited(from: iteration, to: iteration + 1)
            let scores = try await NativeRunner(one, raw: true).predict(table) { _ in }
            for row in sum.indices { sum[row] += scores.values[row] }
        }
        #expect(try await NativeRunner(model, raw: true).predict(table) { _ in }.values == sum)
        for (lower, upper) in [(-1, 2), (2, 2), (3, 1), (0, 7), (Int.max, Int.max), (0, Int.max)] {
            #expect(throws: GatehouseError.self) { try model.limited(from: lower, to: upper) }
        }
        let linear = try ModelFixture.model("xgboost_linear.ubj")
        #expect(throws: GatehouseError.self) { try linear.limited(from: 0, to: 1) }
    }

    @Test(
        "scores do not depend on how rows are cut into parts",
        arguments: ["xgboost_category_sets", "xgboost_targets_multi_output_tree", "lightgbm_linear", "lightgbm_category_names"])
    func anyBatch(name: String) async throws {
        let model = try ModelFixture.model(name + (name.hasPrefix("lightgbm") ? ".txt" : ".ubj"))
        let table = try ModelFixture(name).table(repeated: 120)
        let runner = NativeRunner(model, concurrency: 2)
        let whole = try await runner.predict(table) { _ in }
        for size in [1, 3, 64, 65, 4_097] {
            let part = try await runner.predict(table.rows(7..<7 + size)) { _ in }
            #expect(part.values[...] == whole.values[7 * whole.outputs..<(7 + size) * whole.outputs])
        }
    }
}

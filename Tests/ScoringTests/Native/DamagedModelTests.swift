import Foundation
import GatehouseCore
import Scoring
import Statistics
import Testing

@Suite("Damaged and hostile model files are errors")
struct DamagedModelTests {
    private func refusal(_ bytes: [UInt8]) -> GatehouseError? {
        do {
            _ = try ModelFile.load(bytes: bytes, named: "model")
            return nil
        } catch {
            return error
        }
    }

    @Test("the handmade models are sound before a test damages them")
    func soundModels() async throws {
        let table = HandmadeModel.numbers([("a", [0.4, 0.5, .nan]), ("b", [1.5, 2, 2])])
        let boosted = try ModelFile.load(bytes: HandmadeModel.xgboost(), named: "model")
        #expect(try await NativeRunner(boosted).predict(table) { _ in }.values == [-0.5, 1.5, -0.5])
        let light = try ModelFile.load(bytes: HandmadeModel.lightGBM(), named: "model")
        #expect(try await NativeRunner(light).predict(table) { _ in }.values == [1, 3, 3])
    }

    static let damagedXGBoost: [(what: String, bytes: [UInt8], says: String)] = [
        ("a node that is its own child", HandmadeModel.xgboost(left: "[0,-1,-1]"), "twice"),
        ("two nodes with one child", HandmadeModel.xgboost(right: "[1,-1,-1]"), "twice"),
        ("a child beyond the nodes", HandmadeModel.xgboost(left: "[3,-1,-1]"), "refers to the node 3"),
        ("a huge child", HandmadeModel.xgboost(right: "[9223372036854775807,-1,-1]"), "refers to the node"),
        ("a negative child", HandmadeModel.xgboost(left: "[-2,-1,-1]"), "refers to the node -2"),
        ("a fractional child", HandmadeModel.xgboost(left: "[1.5,-1,-1]"), "left_children[0] is not a whole number"),
        ("a feature beyond the features", HandmadeModel.xgboost(indices: "[2,0,0]"), "reads feature 2"),
        ("a negative feature", HandmadeModel.xgboost(indices: "[-1,0,0]"), "reads feature -1"),
        ("a threshold that is no number", HandmadeModel.xgboost(conditions: "[NaN,-1,1]"), "threshold"),
        ("an infinite leaf", HandmadeModel.xgboost(conditions: "[0.5,-1,Infinity]"), "leaf 2"),
        ("a leaf beyond 32 bits", HandmadeModel.xgboost(conditions: "[0.5,-1,1e300]"), "leaf 2"),
        ("a default that is no flag", HandmadeModel.xgboost(defaultLeft: "[2,0,0]"), "not a flag"),
        ("a list of another length", HandmadeModel.xgboost(indices: "[0,0]"), "lists disagree"),
        ("more declared nodes than there are", HandmadeModel.xgboost(nodes: "4000000000"), "lists disagree"),
        ("more declared trees than there are", HandmadeModel.xgboost(declaredTrees: "99999"), "entries instead of 99999"),
        ("a tree for an output beyond", HandmadeModel.xgboost(treeInfo: "[1]"), "beyond"),
        (
            "an empty tree",
            HandmadeModel.xgboost(
                nodes: "0", left: "[]", right: "[]", indices: "[]", conditions: "[]", defaultLeft: "[]", splitType: "[]"),
            "refers to the node 0"
        ),
        ("no features", HandmadeModel.xgboost(features: "0"), "no features"),
        ("too many features", HandmadeModel.xgboost(features: "2000000000"), "features"),
        ("too many classes", HandmadeModel.xgboost(classes: "1000000"), "classes"),
        ("a class count that is no number", HandmadeModel.xgboost(classes: "many"), "not a count"),
        ("names for other features", HandmadeModel.xgboost(names: #"["a"]"#), "1 feature names for 2"),
        ("a name twice", HandmadeModel.xgboost(names: #"["a","a"]"#), "'a' stands twice"),
        ("a probability base of 2", HandmadeModel.xgboost(objective: "binary:logistic", base: #""2""#), "base_score"),
        ("a base that is no number", HandmadeModel.xgboost(base: #""[1,""#), "JSON"),
        ("a base with too many numbers", HandmadeModel.xgboost(base: #""[1,2]""#), "2 numbers for 1"),
        ("softmax with one class", HandmadeModel.xgboost(objective: "multi:softprob"), "one class"),
        (
            "a best iteration that does not exist",
            HandmadeModel.xgboost(
                attributes: #"{"scikit_learn":"{}","best_iteration":"9223372036854775807"}"#), "best iteration"
        ),
        (
            "parallel trees beyond counting",
            HandmadeModel.xgboost(
                declaredTrees: #"1","num_parallel_tree":"9223372036854775807"#,
                attributes: #"{"scikit_learn":"{}","best_iteration":"0"}"#), "parallel trees"
        ),
        ("a document of something else", Array(#"{"learner":[]}"#.utf8), "objective is missing"),
        ("another document", Array(#"{"a":1}"#.utf8), "no 'learner'"),
    ]

    @Test("XGBoost: the error names what is wrong", arguments: damagedXGBoost)
    func xgboost(what: String, bytes: [UInt8], says: String) throws {
        let error = try #require(refusal(bytes))
        #expect(error.message.contains(says), "\(error.message)")
        #expect(error.code == .invalidArgument || error.code == .tooLarge)
    }

    static let damagedLightGBM: [(what: String, bytes: [UInt8], says: String)] = [
        ("a node that is its own child", HandmadeModel.lightGBM(left: "0 -1"), "twice"),
        ("a cycle of two", HandmadeModel.lightGBM(left: "1 0"), "twice"),
        ("a leaf twice", HandmadeModel.lightGBM(right: "-2 -1"), "twice"),
        ("a child beyond the splits", HandmadeModel.lightGBM(left: "2 -1"), "refers to the node"),
        ("a leaf beyond the leaves", HandmadeModel.lightGBM(right: "-4 -3"), "refers to the node"),
        ("the least child there is", HandmadeModel.lightGBM(right: "-2147483648 -3"), "refers to the node"),
        ("a child beyond 32 bits", HandmadeModel.lightGBM(left: "99999999999 -1"), "not a number"),
        ("a feature beyond the features", HandmadeModel.lightGBM(features: "0 2"), "reads feature 2"),
        ("a negative feature", HandmadeModel.lightGBM(features: "0 -1"), "reads feature -1"),
        ("a threshold that is no number", HandmadeModel.lightGBM(thresholds: "nan 1.5"), "threshold"),
        ("an infinite leaf", HandmadeModel.lightGBM(values: "1 2 inf"), "not a finite number"),
        ("a word among the numbers", HandmadeModel.lightGBM(values: "1 two 3"), "'two' in leaf_value"),
        ("too few thresholds", HandmadeModel.lightGBM(thresholds: "0.5"), "1 entries instead of 2"),
        ("more declared leaves than there are", HandmadeModel.lightGBM(leaves: "4"), "entries instead"),
        ("more leaves than any model has", HandmadeModel.lightGBM(leaves: "9000000000000000000"), "leaves, the most"),
        ("no leaves", HandmadeModel.lightGBM(leaves: "0"), "no leaves"),
        ("an unknown decision type", HandmadeModel.lightGBM(decisions: "14 8"), "decision type 14"),
        ("more declared trees than there are", HandmadeModel.lightGBM(treeSizes: "100 100"), "declares 2"),
        ("trees out of order", HandmadeModel.lightGBM(title: "Tree=1"), "'Tree=0' was expected"),
        ("no end", HandmadeModel.lightGBM(end: ""), "end of trees"),
        ("names for other features", HandmadeModel.lightGBM(lastFeature: "2"), "2 feature names for 3"),
        ("a huge number of features", HandmadeModel.lightGBM(lastFeature: "9223372036854775807"), "features"),
        ("a name twice", HandmadeModel.lightGBM(names: "a a"), "'a' stands twice"),
        ("half an iteration", HandmadeModel.lightGBM(perIteration: "3"), "multiple of 3"),
        ("no tree per iteration", HandmadeModel.lightGBM(perIteration: "0"), "num_tree_per_iteration"),
        ("classes that contradict", HandmadeModel.lightGBM(objective: "multiclass num_class:3"), "3 classes"),
        ("a slope below zero", HandmadeModel.lightGBM(objective: "binary sigmoid:-1"), "sigmoid"),
        ("a key twice", HandmadeModel.lightGBM(more: "num_leaves=3"), "stands twice"),
    ]

    @Test("LightGBM: the error names what is wrong", arguments: damagedLightGBM)
    func lightGBM(what: String, bytes: [UInt8], says: String) throws {
        let error = try #require(refusal(bytes))
        #expect(error.message.contains(says), "\(error.message)")
        #expect(error.code == .invalidArgument || error.code == .tooLarge)
    }

    @Test("a tree deeper than the limit is refused, one at the limit is read")
    func depth() throws {
        func chain(splits: Int) -> [UInt8] {
            func list(_ number: (Int) -> Int) -> String { (0..<splits).map { "\(number($0))" }.joined(separator: " ") }
            return HandmadeModel.lightGBM(
                leaves: "\(splits + 1)", features: list { _ in 0 }, thresholds: list { -$0 }, decisions: list { _ in 8 },
                left: list { $0 + 1 < splits ? $0 + 1 : -splits - 1 }, right: list { -$0 - 1 },
                values: list { $0 } + " \(splits)")
        }
        #expect(refusal(chain(splits: ModelLimits.depthMax)) == nil)
        #expect(try #require(refusal(chain(splits: ModelLimits.depthMax + 1))).message.contains("deeper than"))
    }

    @Test("an XGBoost file cut short anywhere is refused", arguments: ["xgboost_binary.json", "xgboost_binary.ubj"])
    func truncatedXGBoost(file: String) throws {
        let bytes = try ModelFixture.bytes(file)
        for length in stride(from: 0, to: bytes.count, by: 97) {
            #expect(refusal(Array(bytes[..<length])) != nil, "cut at \(length)")
        }
    }

    @Test("a LightGBM file cut short before the end of its trees is refused; what follows does not matter")
    func truncatedLightGBM() throws {
        let bytes = try ModelFixture.bytes("lightgbm_binary.txt")
        let end = try #require(bytes.firstRange(of: Array("end of trees".utf8))).upperBound
        for length in stride(from: 0, to: bytes.count, by: 97) {
            #expect((refusal(Array(bytes[..<length])) != nil) == (length < end), "cut at \(length)")
        }
    }

    @Test("a document of too many values is refused before it is parsed")
    func tooManyValues() throws {
        let commas = [UInt8](repeating: UInt8(ascii: ","), count: ModelLimits.valuesMax)
        let json = Array(#"{"learner":["#.utf8) + commas
        #expect(try #require(refusal(json)).code == .tooLarge)
    }

    static let refusedOptions: [(bytes: [UInt8], option: String)] = [
        (HandmadeModel.xgboost(objective: "custom:mine"), "custom:mine"),
        (HandmadeModel.xgboost(booster: "gbforest"), "gbforest"),
        (HandmadeModel.xgboost(splitType: "[2,0,0]"), "split type 2"), (HandmadeModel.lightGBM(version: "v2"), "v2"),
        (HandmadeModel.lightGBM(objective: "mine"), "'mine'"),
    ]

    @Test("an option that is not supported is refused by name, never scored approximately", arguments: refusedOptions)
    func refusedOption(bytes: [UInt8], option: String) throws {
        let error = try #require(refusal(bytes))
        #expect(error.code == .notImplemented)
        #expect(error.message.contains(option), "\(error.message)")
        #expect(error.hint?.contains("endpoint") == true)
    }

    static let notModels: [(bytes: [UInt8], says: String)] = [
        ([], "empty"), (Array("binf\u{0}\u{0}".utf8), "old binary"), ([0x80, 4, 0x95], "Python object"),
        (Array("PK\u{3}\u{4}".utf8), "Python object"), (Array("hello".utf8), "begins neither"),
        (Array("tree".utf8), "begins neither"), (Array("{".utf8), "ends too early"),
    ]

    @Test("a file that is no model says what it looks like", arguments: notModels)
    func notModel(bytes: [UInt8], says: String) throws {
        #expect(try #require(refusal(bytes)).message.contains(says))
    }

    @Test("what is no readable file of a sane size is refused without reading it")
    func unreadableFiles() throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "native-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        func code(_ path: String) -> ErrorCode? {
            do {
                _ = try ModelFile.load(path: path)
                return nil
            } catch { return error.code }
        }
        #expect(code(directory.path + "/absent.txt") == .notFound)
        #expect(code(directory.path) == .invalidArgument)
        let pipe = directory.path + "/pipe"
        #expect(mkfifo(pipe, 0o600) == 0)
        #expect(code(pipe) == .invalidArgument)
        let huge = directory.path + "/huge.ubj"
        #expect(FileManager.default.createFile(atPath: huge, contents: nil))
        #expect(truncate(huge, ModelLimits.modelBytesMax + 1) == 0)
        #expect(code(huge) == .tooLarge)
    }
}

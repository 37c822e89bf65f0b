import GatehouseCore
import Scoring
import Statistics
import Synchronization
import Testing

@Suite("Scoring a table with a native model")
struct NativeRunnerTests {
    private func failure(_ runner: NativeRunner, _ table: Table) async throws -> GatehouseError {
        try await #require(throws: GatehouseError.self) { _ = try await runner.predict(table) { _ in } }
    }

    @Test("columns are found by name: their order and other columns do not matter")
    func columnsByName() async throws {
        let fixture = try ModelFixture("lightgbm_binary")
        let runner = NativeRunner(try ModelFixture.model("lightgbm_binary.txt"))
        let table = fixture.table
        let text = TableColumn(
            name: "region", values: .categorical(codes: Array(repeating: 0, count: table.rowCount), categories: ["north"]))
        let shuffled = Table(rowCount: table.rowCount, columns: [text] + table.columns.reversed())
        #expect(runner.featureNames == fixture.columns)
        #expect(try await runner.predict(shuffled) { _ in } == runner.predict(table) { _ in })
    }

    @Test("one error lists all missing columns, each with the nearest name in the table")
    func missingColumns() async throws {
        let runner = NativeRunner(try ModelFixture.model("xgboost_binary.ubj"))
        let table = HandmadeModel.numbers([("income", [1]), ("debt_ration", [1]), ("utilisation", [1])])
        let error = try await failure(runner, table)
        #expect(error.code == .invalidArgument)
        #expect(error.message == "The table lacks 2 of the 4 columns that the model reads: 'debt_ratio', 'late_payments'.")
        #expect(error.details == ["'debt_ratio' is missing; the table has 'debt_ration'", "'late_payments' is missing"])
    }

    @Test("text where the model needs numbers is an error naming the column")
    func textColumn() async throws {
        let fixture = try ModelFixture("xgboost_binary")
        let text = TableColumn(
            name: "income", values: .categorical(codes: Array(repeating: 0, count: fixture.rowCount), categories: ["high"]))
        let table = Table(rowCount: fixture.rowCount, columns: [text] + fixture.table.columns.dropFirst())
        let error = try await failure(NativeRunner(try ModelFixture.model("xgboost_binary.ubj")), table)
        #expect(error.message == "The model needs numbers, but 'income' holds text.")
    }

    @Test(
        "a model without names reads by position and checks the number of columns",
        arguments: [
            "lightgbm_without_names.txt", "xgboost_without_names.ubj",
        ])
    func byPosition(file: String) async throws {
        let runner = NativeRunner(try ModelFixture.model(file))
        #expect(runner.featureNames == nil)
        let three = HandmadeModel.numbers([("a", [1]), ("b", [1]), ("c", [1])])
        let error = try await failure(runner, three)
        #expect(error.message.contains("reads 4 columns by position; the table has 3"))
        let four = HandmadeModel.numbers([("a", [1]), ("b", [1]), ("c", [1]), ("d", [1])])
        #expect(try await runner.predict(four) { _ in }.rows == 1)
    }

    @Test("an infinite number is refused naming row and column; for XGBoost so is one beyond 32 bits")
    func infiniteNumbers() async throws {
        let boosted = NativeRunner(try ModelFile.load(bytes: HandmadeModel.xgboost(names: #"["a","b"]"#), named: "model"))
        let light = NativeRunner(try ModelFile.load(bytes: HandmadeModel.lightGBM(), named: "model"))
        let huge = HandmadeModel.numbers([("a", [0, 1e300]), ("b", [0, 0])])
        let infinite = HandmadeModel.numbers([("a", [0, -.infinity]), ("b", [0, 0])])
        #expect(try await failure(boosted, huge).message.contains("Row 2 of column 'a'"))
        #expect(try await failure(boosted, infinite).message.contains("Row 2 of column 'a'"))
        #expect(try await failure(light, infinite).message.contains("Row 2 of column 'a'"))
        #expect(try await light.predict(huge) { _ in }.rows == 2)
    }

    @Test(
        "answers do not depend on the number of threads",
        arguments: [
            "xgboost_multiclass", "lightgbm_multiclass", "lightgbm_zero_as_missing",
        ])
    func anyConcurrency(name: String) async throws {
        let model = try ModelFixture.model(name + (name.hasPrefix("lightgbm") ? ".txt" : ".ubj"))
        let fixture = try ModelFixture(name)
        let table = fixture.table(repeated: 301)
        let alone = try await NativeRunner(model, concurrency: 1).predict(table) { _ in }
        for concurrency in [2, 3, 8] {
            #expect(try await NativeRunner(model, concurrency: concurrency).predict(table) { _ in } == alone)
        }
        let once = try await NativeRunner(model, concurrency: 1).predict(fixture.table) { _ in }
        #expect(alone.values.suffix(once.values.count) == once.values[...])
    }

    @Test("progress rises to the number of rows")
    func progress() async throws {
        let runner = NativeRunner(try ModelFixture.model("lightgbm_binary.txt"), concurrency: 2)
        let table = try ModelFixture("lightgbm_binary").table(repeated: 301)
        let seen = Mutex<[Int]>([])
        _ = try await runner.predict(table) { rows in seen.withLock { $0.append(rows) } }
        let steps = seen.withLock { $0 }
        #expect(steps.count > 1)
        #expect(steps == steps.sorted())
        #expect(steps.last == table.rowCount)
    }

    @Test("a table without rows gives no scores")
    func noRows() async throws {
        let runner = NativeRunner(try ModelFixture.model("xgboost_multiclass.ubj"))
        let empty = try ModelFixture("xgboost_multiclass").table.rows(0..<0)
        let scores = try await runner.predict(empty) { _ in }
        #expect(scores == ScoreMatrix(outputs: 3, values: []))
    }

    @Test("a cancelled scoring stops with a cancellation error")
    func cancellation() async throws {
        let runner = NativeRunner(try ModelFixture.model("lightgbm_binary.txt"), concurrency: 2)
        let table = try ModelFixture("lightgbm_binary").table(repeated: 301)
        await withThrowingTaskGroup(of: ScoreMatrix.self) { group in
            group.cancelAll()
            group.addTask { try await runner.predict(table) { _ in } }
            await #expect(throws: CancellationError.self) { _ = try await group.next() }
        }
    }

    @Test("a model tells its format, objective, size and outputs")
    func description() throws {
        let light = try ModelFixture.model("lightgbm_multiclass.txt")
        #expect(light.format == .lightGBMText)
        #expect(light.objective == "multiclass num_class:3")
        #expect(light.treeCount == 12)
        #expect(light.featureCount == 4)
        #expect(light.outputs(raw: false) == 3)
        let index = try ModelFixture.model("xgboost_class_index.ubj")
        #expect(index.objective == "multi:softmax")
        #expect(index.outputs(raw: true) == 3)
        #expect(index.outputs(raw: false) == 1)
        #expect(NativeRunner(index).summary == "native xgboost")
    }
}

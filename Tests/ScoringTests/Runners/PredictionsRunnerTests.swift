import GatehouseCore
import Scoring
import Statistics
import Testing

@Suite("Predictions that stand in the data")
struct PredictionsRunnerTests {
    @Test("the column is taken as it is")
    func column() async throws {
        let runner = PredictionsRunner(column: "score")
        let scores = try await runner.predict(.numbers(["x": [1, 2], "score": [0.25, 0.75]]), progress: { _ in })
        #expect(scores == ScoreMatrix(values: [0.25, 0.75]))
        #expect(runner.summary == "predictions column score")
        #expect(runner.featureNames == ["score"])
    }

    @Test("a column that is not there is an error that proposes the nearest")
    func missing() async throws {
        let error = await #expect(throws: GatehouseError.self) {
            try await PredictionsRunner(column: "scores").predict(.numbers(["score": [1]]), progress: { _ in })
        }
        #expect(error?.code == .invalidArgument)
        #expect(error?.hint == "Did you mean 'score'?")
    }

    @Test("missing and infinite predictions are counted, and the first is named")
    func gaps() async throws {
        let error = await #expect(throws: GatehouseError.self) {
            try await PredictionsRunner(column: "score")
                .predict(.numbers(["score": [0.5, .nan, 0.5, -.infinity]]), progress: { _ in })
        }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message.contains("2 of 4 predictions") == true)
        #expect(error?.message.contains("the first in row 2") == true)
    }

    @Test("a column of class names is no column of scores")
    func text() async throws {
        let column = TableColumn(name: "score", values: .categorical(codes: [0], categories: ["yes"]))
        let error = await #expect(throws: GatehouseError.self) {
            try await PredictionsRunner(column: "score")
                .predict(Table(rowCount: 1, columns: [column]), progress: { _ in })
        }
        #expect(error?.code == .invalidArgument)
    }
}

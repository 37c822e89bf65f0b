import GatehouseCore
import Glibc
package import Statistics

/// Scores rows with a model read in-process: no Python, no foreign code.
///
/// Answers do not depend on the number of threads: every row is scored on its own, in the library's order of addition.
package struct NativeRunner: ModelRunner {
    /// Rows that one thread takes at a time.
    static let blockRowsMax = 4_096

    package let model: NativeModel
    /// Whether to answer with sums of leaves (margins) instead of probabilities or values.
    package let raw: Bool
    private let concurrency: Int

    /// `concurrency` is the number of blocks of rows scored at the same time: by default one per processor.
    package init(_ model: NativeModel, raw: Bool = false, concurrency: Int = sysconf(Int32(_SC_NPROCESSORS_ONLN))) {
        self.model = model
        self.raw = raw
        self.concurrency = max(1, concurrency)
    }

    package var summary: String { "native \(model.format.library)" }
    package var featureNames: [String]? { model.featureNames }
    package var textColumns: Set<String> { model.textColumns }

    /// Fails with `invalidArgument` when the table lacks features, holds text where numbers are needed or a number the
    /// model cannot take; with `tooLarge` when the answer would not fit in memory. Stops early when cancelled.
    package func predict(_ table: Table, progress: @Sendable (Int) -> Void) async throws -> ScoreMatrix {
        let columns = try model.columns(of: table)
        let outputs = model.outputs(raw: raw)
        let scores = try await answers(rowCount: table.rowCount, perRow: outputs, missing: Double.nan, progress) { block in
            try model.scores(columns: columns, rows: block, raw: raw)
        }
        return ScoreMatrix(outputs: outputs, values: scores)
    }

    /// The leaf that each tree in use sends each row to, as the library numbers them: rows × `model.treeCount`, row by row.
    ///
    /// Fails as `predict` does, and with `invalidArgument` for a linear model.
    package func leaves(_ table: Table) async throws -> [Int32] {
        let columns = try model.columns(of: table)
        return try await answers(rowCount: table.rowCount, perRow: model.treeCount, missing: -1, { _ in }) { block in
            try model.leaves(columns: columns, rows: block)
        }
    }

    /// Puts together what `answer` says to blocks of rows, `concurrency` of them at a time.
    private func answers<Answer: Sendable>(
        rowCount: Int, perRow: Int, missing: Answer, _ progress: (Int) -> Void,
        answer: @escaping @Sendable (Range<Int>) throws -> [Answer]
    ) async throws -> [Answer] {
        let (count, overflow) = rowCount.multipliedReportingOverflow(by: perRow)
        guard !overflow, count <= ModelLimits.scoresMax else {
            throw GatehouseError(
                .tooLarge, "\(rowCount) rows with \(perRow) answers each are more than \(ModelLimits.scoresMax).",
                hint: "Score the rows in parts.")
        }
        var answers = [Answer](repeating: missing, count: count)
        var rowsDone = 0
        func keep(_ block: Range<Int>, _ part: [Answer]) {
            answers.replaceSubrange(block.lowerBound * perRow..<block.upperBound * perRow, with: part)
            rowsDone += block.count
            progress(rowsDone)
        }
        let blocks = stride(from: 0, to: rowCount, by: Self.blockRowsMax).map { start in
            start..<min(rowCount, start + Self.blockRowsMax)
        }
        if blocks.count <= 1 || concurrency == 1 {
            for block in blocks {
                try Task.checkCancellation()
                keep(block, try answer(block))
            }
            return answers
        }
        try await withThrowingTaskGroup(of: (Range<Int>, [Answer]).self) { group in
            var waiting = blocks.makeIterator()
            func startNext() {
                guard let block = waiting.next() else { return }
                group.addTask { (block, try answer(block)) }
            }
            for _ in 0..<concurrency { startNext() }
            while let (block, part) = try await group.next() {
                try Task.checkCancellation()
                startNext()
                keep(block, part)
            }
        }
        return answers
    }
}

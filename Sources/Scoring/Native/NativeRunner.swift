import GatehouseCore
import Glibc
package import Statistics

/// Scores rows with a model read in-process: no Python, no foreign code.
///
/// Answers do not depend on the number of threads: every row is scored on its own, in the library's order of addition.
package struct NativeRunner: ModelRunner {
    /// Numbers gathered into rows at a time: small enough to stay in a core's cache beside a tree.
    static let blockCellsMax = 65_536
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

    /// Fails with `invalidArgument` when the table lacks features, holds text where numbers are needed or a number the
    /// model cannot take; with `tooLarge` when the answer would not fit in memory. Stops early when cancelled.
    package func predict(_ table: Table, progress: @Sendable (Int) -> Void) async throws -> ScoreMatrix {
        let columns = try model.columns(of: table)
        let outputs = model.outputs(raw: raw)
        let (scoreCount, overflow) = table.rowCount.multipliedReportingOverflow(by: outputs)
        guard !overflow, scoreCount <= ModelLimits.scoresMax else {
            throw GatehouseError(
                .tooLarge, "\(table.rowCount) rows with \(outputs) outputs each are more than \(ModelLimits.scoresMax) scores.",
                hint: "Score the rows in parts.")
        }
        let blocks = Self.blocks(rowCount: table.rowCount, featureCount: model.featureCount)
        var scores = [Double](repeating: 0, count: scoreCount)
        var rowsDone = 0
        func keep(_ block: Range<Int>, _ answers: [Double]) {
            scores.replaceSubrange(block.lowerBound * outputs..<block.upperBound * outputs, with: answers)
            rowsDone += block.count
            progress(rowsDone)
        }
        if blocks.count == 1 || concurrency == 1 {
            for block in blocks {
                try Task.checkCancellation()
                keep(block, try model.scores(columns: columns, rows: block, raw: raw))
            }
            return ScoreMatrix(outputs: outputs, values: scores)
        }
        try await withThrowingTaskGroup(of: (Range<Int>, [Double]).self) { group in
            var waiting = blocks.makeIterator()
            func startNext() {
                guard let block = waiting.next() else { return }
                group.addTask { (block, try model.scores(columns: columns, rows: block, raw: raw)) }
            }
            for _ in 0..<concurrency { startNext() }
            while let (block, answers) = try await group.next() {
                try Task.checkCancellation()
                startNext()
                keep(block, answers)
            }
        }
        return ScoreMatrix(outputs: outputs, values: scores)
    }

    /// The rows in blocks of whole rows, about `blockCellsMax` numbers each.
    private static func blocks(rowCount: Int, featureCount: Int) -> [Range<Int>] {
        let rowsPerBlock = min(blockRowsMax, max(1, blockCellsMax / featureCount))
        return stride(from: 0, to: rowCount, by: rowsPerBlock).map { $0..<min(rowCount, $0 + rowsPerBlock) }
    }
}

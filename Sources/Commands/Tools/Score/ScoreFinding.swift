import GatehouseCore
import Scoring
import Statistics

/// What a model answered to the rows of a file.
struct ScoreFinding {
    let modelPath: String
    let input: String
    let model: NativeModel
    let isRaw: Bool
    let scores: ScoreMatrix
    /// Rows × trees; nil when nobody asked.
    let leaves: [Int32]?

    /// The scores of one output without those that are not finite.
    func finite(_ output: Int) -> [Double] {
        stride(from: output, to: scores.values.count, by: scores.outputs).map { scores.values[$0] }.filter(\.isFinite)
    }

    var notFiniteCount: Int { scores.values.count { !$0.isFinite } }

    /// `score`, or `score_0`, `score_1`, … for several outputs.
    var names: [String] { scores.outputs == 1 ? ["score"] : (0..<scores.outputs).map { "score_\($0)" } }

    var json: JSONValue {
        let rows = (0..<scores.rows).map { row -> JSONValue in
            let numbers = (0..<scores.outputs).map { JSONValue.number(orNull: scores.values[row * scores.outputs + $0]) }
            return scores.outputs == 1 ? numbers[0] : .array(numbers)
        }
        var members: [String: JSONValue] = [
            "predictions": .array(rows), "rows": .integer(Int64(scores.rows)), "outputs": .integer(Int64(scores.outputs)),
            "raw": .bool(isRaw), "model": description, "reason": notFiniteCount == 0 ? .null : "not_finite",
        ]
        if let leaves {
            let perRow = model.treeCount
            members["leaves"] = .array(
                (0..<scores.rows).map { row in
                    .array(leaves[row * perRow..<(row + 1) * perRow].map { .integer(Int64($0)) })
                })
        }
        return .object(members)
    }

    private var description: JSONValue {
        [
            "format": .string(model.format.rawValue), "objective": .string(model.objective),
            "features": .integer(Int64(model.featureCount)), "trees": .integer(Int64(model.treeCount)),
            "iterations": [.integer(Int64(model.iterations.lowerBound)), .integer(Int64(model.iterations.upperBound))],
            "iterations_in_file": .integer(Int64(model.iterationCount)),
        ]
    }

    /// A header, then a line per row; a score that is not finite is an empty cell.
    var csv: String {
        let trees = leaves == nil ? [] : (0..<model.treeCount).map { "tree_\($0)" }
        var text = (names + trees).joined(separator: ",") + "\n"
        for row in 0..<scores.rows {
            for output in 0..<scores.outputs {
                let score = scores.values[row * scores.outputs + output]
                if output > 0 { text += "," }
                if score.isFinite { text += "\(score)" }
            }
            if let leaves {
                for leaf in leaves[row * model.treeCount..<(row + 1) * model.treeCount] { text += ",\(leaf)" }
            }
            text += "\n"
        }
        return text
    }
}

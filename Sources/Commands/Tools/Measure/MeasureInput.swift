import GatehouseCore
import Rendering
import Scoring
import Statistics

/// The columns that `measure` works on.
struct MeasureInput {
    let labels: [Double]
    let answers: ScoreMatrix
    let baseline: ScoreMatrix?
    let weights: [Double]?
    let groupings: [Grouping]

    /// Fails as `ToolData` does; on a label that is not what the task needs, with its row; and on too many groups.
    static func read(_ request: MeasureRequest) async throws -> MeasureInput {
        let text = request.groups + (request.classes == nil ? [] : [request.label])
        let data = try await ToolData.read(request.file, columns: request.columns, text: text)
        guard data.table.rowCount > 0 else {
            throw GatehouseError(.invalidArgument, "\(request.file) has no rows.", hint: "Measure a file with scored rows.")
        }
        return MeasureInput(
            labels: try labels(data, request), answers: try answers(data, request.scores),
            baseline: try request.baselineScores.map { try answers(data, $0) }, weights: try request.weight.map(data.numbers),
            groupings: try groupings(data, request))
    }

    /// What cannot be measured, as an error of the file.
    static func checked<Scores>(_ file: String, _ make: () throws(ScoreDefect) -> Scores) throws(GatehouseError) -> Scores {
        do {
            return try make()
        } catch {
            throw GatehouseError(.invalidArgument, "\(file): \(error).", hint: "Correct or remove such rows.")
        }
    }

    private static func labels(_ data: ToolData, _ request: MeasureRequest) throws(GatehouseError) -> [Double] {
        switch request.task {
        case .binary: return try binaryLabels(data, request.label)
        case .regression: return try data.numbers(request.label)
        case .multiclass: break
        }
        guard let classes = request.classes else { return try classNumbers(data, request) }
        let (codes, names) = try data.categories(request.label)
        let places = names.map { name in classes.firstIndex(of: name) }
        var labels: [Double] = []
        labels.reserveCapacity(codes.count)
        for (row, code) in codes.enumerated() {
            guard code >= 0, let place = places[Int(code)] else {
                throw GatehouseError(
                    .invalidArgument,
                    code < 0
                        ? "\(data.file): '\(request.label)' has no value in row \(row + 1)."
                        : "\(data.file): '\(names[Int(code)])' in row \(row + 1) of '\(request.label)' is not one of the classes.",
                    hint: "--classes names every class: \(Wording.list(names.sorted()))")
            }
            labels.append(Double(place))
        }
        return labels
    }

    /// Labels that are class numbers. Text has no order that the scores could be in.
    private static func classNumbers(_ data: ToolData, _ request: MeasureRequest) throws(GatehouseError) -> [Double] {
        if let text = try data.textInstead(request.label) {
            throw GatehouseError(
                .invalidArgument, "\(data.file): '\(request.label)' holds text, as '\(text.value)' in row \(text.row).",
                hint: "Say in which order the scores have the classes: --classes \(text.value),…")
        }
        let labels = try data.numbers(request.label)
        if let row = labels.firstIndex(where: { Int(exactly: $0).map { !request.scores.indices.contains($0) } ?? true }) {
            throw GatehouseError(
                .invalidArgument,
                """
                \(data.file): \(JSONValue.number(labels[row]).canonicalText) in row \(row + 1) of '\(request.label)' is not a \
                class from 0 to \(request.scores.count - 1).
                """, hint: "Labels are places in the list of scores; name other classes with --classes.")
        }
        return labels
    }

    private static func binaryLabels(_ data: ToolData, _ name: String) throws(GatehouseError) -> [Double] {
        if let text = try data.textInstead(name) {
            throw GatehouseError(
                .invalidArgument, "\(data.file): '\(text.value)' in row \(text.row) of '\(name)' is not 0, 1, true or false.",
                hint: "Write 1 where the event happened and 0 elsewhere.")
        }
        let labels = try data.numbers(name)
        if let row = labels.firstIndex(where: { $0 != 0 && $0 != 1 }) {
            throw GatehouseError(
                .invalidArgument,
                """
                \(data.file): \(JSONValue.number(labels[row]).canonicalText) in row \(row + 1) of '\(name)' is not 0, 1, true or \
                false.
                """, hint: "For several classes give a score each; for numbers add --task regression.")
        }
        return labels
    }

    private static func answers(_ data: ToolData, _ names: [String]) throws(GatehouseError) -> ScoreMatrix {
        guard names.count > 1 else { return ScoreMatrix(values: try data.numbers(names[0])) }
        var columns: [[Double]] = []
        for name in names { columns.append(try data.numbers(name)) }
        var values: [Double] = []
        values.reserveCapacity(data.table.rowCount * names.count)
        for row in 0..<data.table.rowCount {
            for column in columns { values.append(column[row]) }
        }
        return ScoreMatrix(outputs: names.count, values: values)
    }

    private static func groupings(_ data: ToolData, _ request: MeasureRequest) throws(GatehouseError) -> [Grouping] {
        var groupings: [Grouping] = []
        for column in request.groups {
            let (codes, names) = try data.categories(column)
            guard let grouping = Grouping(column: column, codes: codes, names: names) else {
                throw GatehouseError(
                    .invalidArgument,
                    "\(data.file): '\(column)' has \(names.count) groups; the most is \(Grouping.groupsMax - 1).",
                    hint: "Put its values into a few bands.")
            }
            groupings.append(grouping)
        }
        guard request.hasIntersections else { return groupings }
        guard let all = Grouping.withIntersections(groupings) else {
            throw GatehouseError(
                .invalidArgument, "The groups have more than \(Grouping.groupsMax) combinations.",
                hint: "Name fewer columns, or measure combinations of fewer at a time.")
        }
        return all
    }
}

extension ToolData {
    /// The first cell of a column that holds text; nil for one that holds numbers.
    fileprivate func textInstead(_ name: String) throws(GatehouseError) -> (value: String, row: Int)? {
        guard let column = table[name], case .categorical(let codes, categories: let names) = column.values else { return nil }
        guard let row = codes.firstIndex(where: { $0 >= 0 }) else { return nil }
        return (names[Int(codes[row])], row + 1)
    }
}

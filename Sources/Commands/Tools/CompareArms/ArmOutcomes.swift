import GatehouseCore
import Rendering
import Scoring
import Statistics

/// Outcomes of two arms, and of the arms beside them as far as the split goes.
struct ArmOutcomes {
    /// Outcomes one by one; in the order they came where `isTimed`. Rows of other arms and without a value are left out of
    /// all but `assignments`.
    struct Rows {
        let isTimed: Bool
        /// Whether a row is of the treatment.
        let isTreatment: [Bool]
        let values: [Double]
        let covariates: [Double]?
        /// Codes of units; nil when none were named.
        let units: [Int32]?
        let unitsInBothArms: Int
        /// Arm of every assignment, in order: the rows, or the first row of each unit and arm.
        let assignments: [Int]
    }

    struct Arm {
        let name: String
        /// Rows, or units where they were named.
        let assigned: Int
        /// Rows without a value.
        let missing: Int
    }

    /// Control, treatment, then others by name.
    let arms: [Arm]
    let split: Split
    let isBinary: Bool
    let counts: (control: ArmCounts, treatment: ArmCounts)?
    let rows: Rows?

    init(control: ArmCounts, treatment: ArmCounts, split: Split) {
        arms = [
            Arm(name: "control", assigned: control.trials, missing: 0),
            Arm(name: "treatment", assigned: treatment.trials, missing: 0),
        ]
        self.split = split
        isBinary = true
        counts = (control, treatment)
        rows = nil
    }

    init(arms: [Arm], split: Split, isBinary: Bool, rows: Rows) {
        self.arms = arms
        self.split = split
        self.isBinary = isBinary
        self.rows = rows
        var trials = [0, 0]
        var successes = [0, 0]
        for (isTreatment, value) in zip(rows.isTreatment, rows.values) {
            trials[isTreatment ? 1 : 0] += 1
            successes[isTreatment ? 1 : 0] += value == 1 ? 1 : 0
        }
        let control = ArmCounts(successes: successes[0], trials: trials[0])
        let treatment = ArmCounts(successes: successes[1], trials: trials[1])
        if isBinary, let control, let treatment { counts = (control, treatment) } else { counts = nil }
    }

    /// Whether some unit has several rows.
    var isClustered: Bool {
        guard let rows, let units = rows.units else { return false }
        var seen: Set<Int32> = []
        return !units.allSatisfy { seen.insert($0).inserted }
    }
}

extension ArmOutcomes {
    /// The column that is read as times when it is there and `--time` is not given.
    static let timeColumn = "time"

    /// Reads a file of outcomes. Fails with `invalidArgument` on a missing column, an arm that is not there, fewer than two
    /// arms, a value that is no finite number, a time that is none, and a covariate with gaps.
    static func read(
        _ file: String, columns: CompareArmsColumns, control: String?, treatment: String?, question: CompareArmsQuestion
    ) async throws -> ArmOutcomes {
        let armColumn = columns.arm ?? "arm"
        let valueColumn = columns.value ?? "value"
        // Without --time the file decides whether there is a column of times: then all of it is read.
        let wanted = columns.time.map { [armColumn, valueColumn, columns.covariate, columns.unit, $0].compactMap { $0 } }
        let data = try await ToolData.read(file, columns: wanted, text: [armColumn] + (columns.unit.map { [$0] } ?? []))
        let arms = try ArmChoice(data.categories(armColumn), control: control, treatment: treatment, file: file)
        let values = try data.finiteNumbers(valueColumn)
        let covariates = try columns.covariate.map { try data.finiteNumbers($0) }
        let units = try columns.unit.map { try data.categories($0).codes }
        let timeName = columns.time ?? (data.table[timeColumn] == nil ? nil : timeColumn)
        let order = try timeName.map { try data.orderByTime($0) }
        let isBinary = try isBinary(values, metric: question.metric, name: valueColumn, file: file)
        return try assemble(
            arms: arms, columns: (values, covariates, units), order: order, isBinary: isBinary,
            split: try question.split(names: arms.names), file: file)
    }

    private static func isBinary(_ values: [Double], metric: OutcomeMetric?, name: String, file: String) throws -> Bool {
        let other = values.firstIndex { !$0.isNaN && $0 != 0 && $0 != 1 }
        switch metric {
        case nil: return other == nil
        case .mean: return false
        case .proportion:
            if let other {
                throw GatehouseError(
                    .invalidArgument, "\(file): '\(name)' in row \(other + 1) is \(Wording.compact(values[other])), not 0 or 1.",
                    hint: "Add --metric mean, or make it a column of yes (1) and no (0).")
            }
            return true
        }
    }

    private static func assemble(
        arms: ArmChoice, columns: (values: [Double], covariates: [Double]?, units: [Int32]?), order: [Int]?, isBinary: Bool,
        split: Split, file: String
    ) throws -> ArmOutcomes {
        var (isTreatment, values, covariates): ([Bool], [Double], [Double]) = ([], [], [])
        var (units, assignments): ([Int32], [Int]) = ([], [])
        var missing = [Int](repeating: 0, count: arms.names.count)
        var assigned = missing
        var seen = [Set<Int32>](repeating: [], count: arms.names.count)
        for place in columns.values.indices {
            let row = order?[place] ?? place
            let arm = arms.places[row]
            if let codes = columns.units, codes[row] < 0 {
                throw GatehouseError(.invalidArgument, "\(file): row \(row + 1) names no unit.")
            }
            let isNew = columns.units.map { seen[arm].insert($0[row]).inserted } ?? true
            if isNew {
                assigned[arm] += 1
                assignments.append(arm)
            }
            let value = columns.values[row]
            if value.isNaN { missing[arm] += 1 }
            guard arm < 2, !value.isNaN else { continue }
            if let covariate = columns.covariates?[row] {
                guard !covariate.isNaN else {
                    throw GatehouseError(
                        .invalidArgument, "\(file): row \(row + 1) has an outcome and no covariate.",
                        hint: "Fill it in with one value for all such rows, such as the mean.")
                }
                covariates.append(covariate)
            }
            isTreatment.append(arm == 1)
            values.append(value)
            if let unit = columns.units?[row] { units.append(unit) }
        }
        let both = seen[0].intersection(seen[1]).count
        let rows = Rows(
            isTimed: order != nil, isTreatment: isTreatment, values: values,
            covariates: columns.covariates == nil ? nil : covariates, units: columns.units == nil ? nil : units,
            unitsInBothArms: both, assignments: assignments)
        let listed = arms.names.indices.map { Arm(name: arms.names[$0], assigned: assigned[$0], missing: missing[$0]) }
        return ArmOutcomes(arms: listed, split: split, isBinary: isBinary, rows: rows)
    }
}

/// Which arm of a file is which.
struct ArmChoice {
    /// Names that mean the control when none is given.
    private static let controlNames = ["control", "champion", "production", "baseline"]

    /// Control, treatment, then others by name.
    let names: [String]
    /// Index into `names`, row by row.
    let places: [Int]

    /// Fails with `invalidArgument` on a row without arm, fewer than two arms, and a name that no arm has.
    init(_ column: (codes: [Int32], names: [String]), control: String?, treatment: String?, file: String) throws(GatehouseError) {
        if let row = column.codes.firstIndex(where: { $0 < 0 }) {
            throw GatehouseError(.invalidArgument, "\(file): row \(row + 1) names no arm.")
        }
        let found = column.names.sorted()
        for name in [control, treatment].compactMap({ $0 }) where !found.contains(name) {
            throw GatehouseError(
                .invalidArgument, "\(file) has no arm '\(name)'.", hint: "Its arms are \(Wording.list(found, max: 10)).")
        }
        guard found.count >= 2, found.count <= Split.armsMax, control != treatment || control == nil else {
            throw GatehouseError(
                .invalidArgument, "\(file) has \(Wording.count(found.count, "arm")), and two different ones are compared.",
                hint: "Is the arm's column the right one? Its values: \(Wording.list(found, max: 10)).")
        }
        let others = found.filter { $0 != treatment }
        let first = control ?? others.first { Self.controlNames.contains($0.lowercased()) } ?? others.first ?? ""
        let rest = found.filter { $0 != first }
        guard let second = treatment ?? (rest.count == 1 ? rest.first : nil) else {
            throw GatehouseError(
                .invalidArgument, "\(file) has \(found.count) arms; two are compared at a time.",
                hint: "Add --treatment with one of \(Wording.list(rest, max: 10)).")
        }
        names = [first, second] + rest.filter { $0 != second }
        let place = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
        let byCode = column.names.map { place[$0] ?? 0 }
        places = column.codes.map { byCode[Int($0)] }
    }
}

extension ToolData {
    /// A column of numbers, NaN where there is no value. Fails with `invalidArgument` on an infinite one too.
    fileprivate func finiteNumbers(_ name: String) throws(GatehouseError) -> [Double] {
        let numbers = try numbersOrMissing(name)
        if let row = numbers.firstIndex(where: \.isInfinite) {
            throw GatehouseError(.invalidArgument, "\(file): '\(name)' in row \(row + 1) is infinite.")
        }
        return numbers
    }

    /// Rows from the earliest to the latest; rows of one moment stay in the file's order.
    fileprivate func orderByTime(_ name: String) throws(GatehouseError) -> [Int] {
        let times: [Double]
        switch table[name]?.values {
        case .categorical(let codes, let names):
            var byName: [Double] = []
            for text in names { byName.append(Double(try Timestamp(parsing: text).milliseconds)) }
            times = codes.map { $0 < 0 ? .nan : byName[Int($0)] }
        case .numeric, nil: times = try numbersOrMissing(name)
        }
        if let row = times.firstIndex(where: \.isNaN) {
            throw GatehouseError(.invalidArgument, "\(file): '\(name)' has no time in row \(row + 1).")
        }
        return times.indices.sorted { (times[$0], $0) < (times[$1], $1) }
    }
}

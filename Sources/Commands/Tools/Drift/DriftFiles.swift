import Foundation
import GatehouseCore
import Scoring
import Statistics

/// The two files of a comparison, and which of their columns are compared.
struct DriftFiles {
    enum Reference {
        case rows(Table)
        case profile(FeatureStatistics)
    }

    let referenceFile: String
    let currentFile: String
    let reference: Reference
    let current: Table
    /// In the order of the reference.
    let names: [String]
    /// Features that only one of the files has, in the order of that file.
    let missingInCurrent: [String]
    let missingInReference: [String]

    var referenceRows: Int {
        switch reference {
        case .rows(let table): table.rowCount
        case .profile(let statistics): statistics.rows
        }
    }

    var currentRows: Int { current.rowCount }

    private static func columns(_ reference: Reference) -> [String] {
        switch reference {
        case .rows(let table): table.columns.map(\.name)
        case .profile(let statistics): statistics.features.map(\.name)
        }
    }

    /// Reads both files; where `features` are named, these, the `binned` ones and the columns of `performance` alone. Fails
    /// as `DatasetReader` does, and with `invalidArgument` when a feature is in neither file, none is in both, or a file lacks
    /// a column of `performance`.
    static func read(
        reference: String, current: String, features: [String]?, binned: [String], performance: ExpectedPerformanceOptions,
        text: [String]
    ) async throws -> DriftFiles {
        let (label, score) = (performance.label.map { [$0] } ?? [], performance.score.map { [$0] } ?? [])
        let wanted = features.map { Set($0 + binned + label + score) }
        let first: Reference
        var text = Set(text)
        if reference.lowercased().hasSuffix(".json") {
            let statistics = try FeatureStatistics(json: JSONParser.parse(DriftBins.text(reference)))
            // What was counted as text must be read as text.
            text.formUnion(statistics.textColumns)
            first = .profile(statistics)
        } else {
            first = .rows(try await table(reference, wanted, text, required: label + score))
        }
        let second = try await table(current, wanted, text, required: score)
        let known = Set(columns(first) + second.columns.map(\.name))
        for name in features ?? [] where !known.contains(name) {
            throw GatehouseError(
                .invalidArgument, "Neither \(reference) nor \(current) has a column '\(name)'.",
                hint: try await hint(name, columns(first), current))
        }
        return try DriftFiles(reference, first, current, second, features, label)
    }

    private static func table(_ file: String, _ columns: Set<String>?, _ text: Set<String>, required: [String]) async throws
        -> Table
    {
        var options = DatasetOptions(columns: columns, textColumns: text)
        // A feature may be in one file only; which is said by name, not refused.
        options.allowsAbsentColumns = true
        let table = try await DatasetReader.read(contentsOf: file, options: options).table
        // The reader refuses a column that it must find, with the names there are.
        for name in required where table[name] == nil { _ = try await ToolData.read(file, columns: [name]) }
        return table
    }

    /// What the reader says of a column that its file lacks: the nearest name, or the names there are.
    private static func hint(_ name: String, _ columns: [String], _ file: String) async throws -> String? {
        if let nearest = Suggestion.nearest(to: name, in: columns) { return "Did you mean '\(nearest)'?" }
        do {
            _ = try await ToolData.read(file, columns: [name])
            return nil
        } catch let error as GatehouseError {
            return error.hint
        }
    }

    private init(
        _ referenceFile: String, _ reference: Reference, _ currentFile: String, _ current: Table, _ features: [String]?,
        _ excluded: [String]
    ) throws {
        let first = Self.columns(reference)
        let second = current.columns.map(\.name)
        let wanted = features.map { Set($0) } ?? Set(first).union(second).subtracting(excluded)
        let inReference = Set(first)
        let inCurrent = Set(second)
        names = first.filter { wanted.contains($0) && inCurrent.contains($0) }
        missingInCurrent = first.filter { wanted.contains($0) && !inCurrent.contains($0) }
        missingInReference = second.filter { wanted.contains($0) && !inReference.contains($0) }
        self.referenceFile = referenceFile
        self.reference = reference
        self.currentFile = currentFile
        self.current = current
        guard !names.isEmpty else {
            throw GatehouseError(
                .invalidArgument, "\(referenceFile) and \(currentFile) have no feature in common.",
                hint: features == nil
                    ? "Columns are matched by name: \(referenceFile) begins with \(first.prefix(3).joined(separator: ", "))."
                    : "Name features that both files have, or leave --features out to compare all they share.")
        }
    }

    /// `a,b` as names; nil for none given.
    static func names(_ text: String?) throws(GatehouseError) -> [String]? {
        guard let names = text?.split(separator: ",").map(String.init) else { return nil }
        guard !names.isEmpty else { throw GatehouseError(.invalidArgument, "--features names no column.") }
        return names
    }

    func features(edges: [String: [Double]]) -> [FeatureRows] {
        let profiles: [String: FeatureProfile] =
            switch reference {
            case .rows: [:]
            case .profile(let statistics):
                Dictionary(statistics.features.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
            }
        return names.compactMap { name in
            guard let now = current[name].map(Self.values) else { return nil }
            switch reference {
            case .rows(let table):
                return table[name].map {
                    FeatureRows(name: name, reference: .rows(Self.values($0), edges: edges[name]), current: now)
                }
            case .profile: return profiles[name].map { FeatureRows(name: name, reference: .profile($0), current: now) }
            }
        }
    }

    private static func values(_ column: TableColumn) -> FeatureValues {
        switch column.values {
        case .numeric(let numbers): .numbers(numbers)
        case .categorical(let codes, let categories): .categories(codes: codes, names: categories)
        }
    }
}

/// Bucket edges from a file: `{"age": [18, 30, 50, 99]}`.
struct DriftBins {
    static let fileBytesMax = 64 << 20

    let path: String
    private let members: [String: JSONValue]

    var features: [String] { Array(members.keys) }

    /// Fails as `text` does, and with `invalidArgument` on a file that is no JSON object.
    init(contentsOf path: String) throws {
        guard let members = try JSONParser.parse(Self.text(path)).objectValue else {
            throw GatehouseError(.invalidArgument, "\(path) is not an object of edges.", hint: #"{"age": [18, 30, 50, 99]}"#)
        }
        self.path = path
        self.members = members
    }

    /// A small file's text. Fails with `notFound`, `tooLarge` or `invalidArgument`.
    static func text(_ path: String) throws(GatehouseError) -> String {
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw GatehouseError(.notFound, "There is no readable file '\(path)'.", hint: "Check the path.")
        }
        defer { try? handle.close() }
        let data: Data?
        do { data = try handle.read(upToCount: fileBytesMax + 1) } catch {
            throw GatehouseError(.unavailable, "'\(path)' cannot be read.", cause: error)
        }
        guard let data, data.count <= fileBytesMax else {
            throw GatehouseError(.tooLarge, "'\(path)' is empty or above \(fileBytesMax >> 20) MiB.")
        }
        guard let text = String(data: data, encoding: .utf8) else {
            throw GatehouseError(.invalidArgument, "'\(path)' is not UTF-8 text.")
        }
        return text
    }

    /// Fails with `invalidArgument` naming the feature whose edges are no list of increasing numbers, that the data lack, or
    /// that holds text.
    func edges(for files: DriftFiles) throws(GatehouseError) -> [String: [Double]] {
        guard case .rows(let table) = files.reference else {
            throw GatehouseError(.invalidArgument, "\(files.referenceFile) has its buckets already; --bins cannot change them.")
        }
        var edges: [String: [Double]] = [:]
        for (name, value) in members.sorted(by: { $0.key < $1.key }) {
            guard let column = table[name] else {
                throw GatehouseError(
                    .invalidArgument, "\(path): \(files.referenceFile) has no column '\(name)'.",
                    hint: Suggestion.nearest(to: name, in: table.columns.map(\.name)).map { "Did you mean '\($0)'?" })
            }
            if case .categorical = column.values {
                throw GatehouseError(
                    .invalidArgument, "\(path): '\(name)' holds text, which has no edges.", hint: "Remove it from the file.")
            }
            edges[name] = try Self.numbers(value, "\(path): the edges of '\(name)'")
        }
        return edges
    }

    private static func numbers(_ value: JSONValue, _ place: String) throws(GatehouseError) -> [Double] {
        let members = value.arrayValue ?? []
        let numbers = members.compactMap(\.doubleValue).filter(\.isFinite)
        guard numbers.count == members.count, (2...FeatureStatistics.bucketsMax + 1).contains(numbers.count),
            let first = numbers.first, let last = numbers.last, (last - first).isFinite,
            zip(numbers, numbers.dropFirst()).allSatisfy({ $0 < $1 })
        else {
            throw GatehouseError(
                .invalidArgument, "\(place) are not 2 to \(FeatureStatistics.bucketsMax + 1) finite numbers that increase.")
        }
        return numbers
    }
}

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

    /// Fails as `DatasetReader` does, and with `invalidArgument` when a feature is in neither file or none is in both.
    static func read(
        reference: String, current: String, features: [String]?, text: [String], excluded: [String]
    ) async throws -> DriftFiles {
        let first: Reference
        var text = Set(text)
        if reference.lowercased().hasSuffix(".json") {
            let statistics = try FeatureStatistics(json: JSONParser.parse(DriftBins.text(reference)))
            // What was counted as text must be read as text.
            text.formUnion(statistics.textColumns)
            first = .profile(statistics)
        } else {
            first = .rows(try await ToolData.read(reference, text: Array(text)).table)
        }
        let second = try await ToolData.read(current, text: Array(text)).table
        return try DriftFiles(reference, first, current, second, features, excluded)
    }

    private init(
        _ referenceFile: String, _ reference: Reference, _ currentFile: String, _ current: Table, _ features: [String]?,
        _ excluded: [String]
    ) throws {
        let first = Self.columns(reference)
        let second = current.columns.map(\.name)
        let known = Set(first).union(second)
        for name in features ?? [] where !known.contains(name) {
            throw GatehouseError(
                .invalidArgument, "Neither \(referenceFile) nor \(currentFile) has a column '\(name)'.",
                hint: Suggestion.nearest(to: name, in: first + second).map { "Did you mean '\($0)'?" })
        }
        let wanted = features.map { Set($0) } ?? known.subtracting(excluded)
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
                hint: "Columns are matched by name: \(referenceFile) begins with \(first.prefix(3).joined(separator: ", ")).")
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
enum DriftBins {
    static let fileBytesMax = 64 << 20

    /// A small file's text. Fails with `notFound`, `tooLarge` or `invalidArgument`.
    static func text(_ path: String) throws(GatehouseError) -> String {
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw GatehouseError(.notFound, "There is no readable file '\(path)'.")
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
    static func read(_ path: String, for files: DriftFiles) throws -> [String: [Double]] {
        guard case .rows(let table) = files.reference else {
            throw GatehouseError(.invalidArgument, "\(files.referenceFile) has its buckets already; --bins cannot change them.")
        }
        guard let members = try JSONParser.parse(text(path)).objectValue else {
            throw GatehouseError(.invalidArgument, "\(path) is not an object of edges.", hint: #"{"age": [18, 30, 50, 99]}"#)
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
            edges[name] = try numbers(value, "\(path): the edges of '\(name)'")
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

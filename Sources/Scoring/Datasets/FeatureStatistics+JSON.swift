package import GatehouseCore
import Statistics

extension FeatureStatistics {
    package static let format = "gatehouse.feature_stats/1"
    package static let bucketsMax = 10_000
    /// So that no sum of counts overflows.
    private static let countMax = 1_000_000_000_000

    package var json: JSONValue {
        .object([
            "format": .string(Self.format), "rows": .integer(Int64(rows)), "features": .array(features.map(Self.json)),
        ])
    }

    private static func json(_ feature: FeatureProfile) -> JSONValue {
        var members: [String: JSONValue] = ["name": .string(feature.name), "missing": .integer(Int64(feature.missing))]
        switch feature.buckets {
        case .numeric(let edges, let counts):
            members["type"] = "numeric"
            members["edges"] = .array(edges.map(JSONValue.number))
            members["counts"] = .array(counts.map { .integer(Int64($0)) })
        case .categorical(let counts):
            members["type"] = "categorical"
            members["counts"] = .object(counts.mapValues { .integer(Int64($0)) })
        }
        return .object(members)
    }

    /// Fails with `invalidArgument` naming the feature whose edges do not increase, whose counts are negative or do not
    /// match the edges or the number of rows, or which stands twice.
    package init(json: JSONValue) throws(GatehouseError) {
        guard json["format"]?.stringValue == Self.format else {
            throw GatehouseError(
                .invalidArgument, "These are not feature statistics: 'format' is not '\(Self.format)'.",
                hint: "Write them with: gatehouse profile TRAIN.csv -o \(Self.fileName)")
        }
        let rows = try Self.count(json["rows"], "'rows'")
        guard let entries = json["features"]?.arrayValue, entries.count <= DatasetLimit.columnsMax else {
            throw Self.failure("'features' is not a list of at most \(DatasetLimit.columnsMax) features")
        }
        var names: Set<String> = []
        var features: [FeatureProfile] = []
        for (index, entry) in entries.enumerated() {
            let feature = try Self.feature(entry, index, rows: rows)
            guard names.insert(feature.name).inserted else { throw Self.failure("the feature '\(feature.name)' stands twice") }
            features.append(feature)
        }
        self.init(rows: rows, features: features)
    }

    private static func feature(_ json: JSONValue, _ index: Int, rows: Int) throws(GatehouseError) -> FeatureProfile {
        guard let name = json["name"]?.stringValue, !name.isEmpty else { throw failure("feature \(index + 1) has no 'name'") }
        let place = "of the feature '\(name)'"
        let buckets: FeatureProfile.Buckets
        switch json["type"]?.stringValue {
        case "numeric": buckets = try numeric(json, place)
        case "categorical": buckets = try categorical(json, place)
        default: throw failure("the 'type' \(place) is neither 'numeric' nor 'categorical'")
        }
        let profile = FeatureProfile(name: name, buckets: buckets, missing: try count(json["missing"], "'missing' \(place)"))
        guard profile.count + profile.missing == rows else {
            throw failure("the counts \(place) and its missing values make \(profile.count + profile.missing) rows, not \(rows)")
        }
        return profile
    }

    private static func numeric(_ json: JSONValue, _ place: String) throws(GatehouseError) -> FeatureProfile.Buckets {
        guard let members = json["edges"]?.arrayValue, members.count >= 2, members.count <= bucketsMax + 1 else {
            throw failure("the 'edges' \(place) are not a list of 2 to \(bucketsMax + 1) numbers")
        }
        let edges = members.compactMap(\.doubleValue).filter(\.isFinite)
        guard edges.count == members.count, zip(edges, edges.dropFirst()).allSatisfy({ $0 < $1 }) else {
            throw failure("the 'edges' \(place) are not finite numbers that increase")
        }
        guard let counts = json["counts"]?.arrayValue, counts.count == edges.count - 1 else {
            throw failure("the 'counts' \(place) are not a list of \(edges.count - 1) numbers, one per pair of edges")
        }
        var read: [Int] = []
        for value in counts { read.append(try count(value, "a count \(place)")) }
        return .numeric(edges: edges, counts: read)
    }

    private static func categorical(_ json: JSONValue, _ place: String) throws(GatehouseError) -> FeatureProfile.Buckets {
        guard let members = json["counts"]?.objectValue, members.count <= bucketsMax else {
            throw failure("the 'counts' \(place) are not an object of at most \(bucketsMax) categories")
        }
        var counts: [String: Int] = [:]
        for (category, value) in members { counts[category] = try count(value, "the count of '\(category)' \(place)") }
        return .categorical(counts)
    }

    private static func count(_ json: JSONValue?, _ what: String) throws(GatehouseError) -> Int {
        guard let value = json?.integerValue, (0...Int64(countMax)).contains(value) else {
            throw failure("\(what) is not a whole number from 0 to \(countMax)")
        }
        return Int(value)
    }

    private static func failure(_ what: String) -> GatehouseError {
        GatehouseError(.invalidArgument, "Wrong feature statistics: \(what).")
    }
}

import GatehouseCore
import Serving

/// The windows that are open, one per arm; what all loops of a gateway counted is added up here.
struct LiveWindows {
    private struct Key: Hashable {
        let endpoint: String
        let segment: String
        let split: String?
        let arm: ArmName
        let version: Int64
        let digest: Digest
    }

    private var places: [Key: Int] = [:]
    private var open: [LiveWindow] = []

    /// Where the window of this arm is, until the next `take`: looking it up costs more than counting in it.
    mutating func place(of segment: RecordSegment, _ arm: ArmName, _ served: ServedVersion, at time: Timestamp) -> Int {
        let key = Key(
            endpoint: segment.endpoint.name, segment: segment.segment.name, split: segment.segment.split?.id, arm: arm,
            version: served.version, digest: served.digest)
        if let place = places[key] { return place }
        let window = ArmWindow(
            endpoint: key.endpoint, segment: key.segment, split: key.split, arm: arm, version: key.version, digest: key.digest,
            from: time)
        open.append(LiveWindow(window, counting: segment.endpoint.rules.liveStatistics?.features ?? []))
        places[key] = open.count - 1
        return open.count - 1
    }

    mutating func change(_ place: Int, _ change: (inout LiveWindow) -> Void) { change(&open[place]) }

    mutating func change(
        _ segment: RecordSegment, _ arm: ArmName, _ served: ServedVersion, at time: Timestamp,
        _ change: (inout LiveWindow) -> Void
    ) {
        change(&open[place(of: segment, arm, served, at: time)])
    }

    /// Ends all windows, in a fixed order.
    mutating func take(at milliseconds: Int64) -> [ArmWindow] {
        defer {
            places.removeAll(keepingCapacity: true)
            open.removeAll(keepingCapacity: true)
        }
        let windows = open.map { live in
            var window = live.window
            window.toMilliseconds = max(window.fromMilliseconds, milliseconds)
            return window
        }
        return windows.sorted {
            ($0.endpoint, $0.segment, $0.split ?? "", $0.arm.rawValue, $0.version)
                < ($1.endpoint, $1.segment, $1.split ?? "", $1.arm.rawValue, $1.version)
        }
    }
}

/// A window that is open, and how it counts features.
struct LiveWindow {
    var window: ArmWindow
    private let buckets: [FeatureBuckets]
    private let places: [String: Int]

    init(_ window: ArmWindow, counting buckets: [FeatureBuckets]) {
        let ordered = buckets.sorted { $0.name < $1.name }
        self.window = window
        self.buckets = ordered
        places = Dictionary(ordered.enumerated().map { ($1.name, $0) }) { first, _ in first }
    }

    /// Counts a request's features; nil: it could not be read.
    mutating func inspect(_ features: FeatureCells?) {
        window.inspected += 1
        guard let features else {
            window.unreadable += 1
            return
        }
        if window.features.isEmpty { window.features = buckets.map(FeatureCounts.init) }
        let rows = (features.cells.map(\.row).max() ?? -1) + 1
        var seen = Array(repeating: 0, count: buckets.count)
        let columns = features.names.map { places[$0] }
        for cell in features.cells {
            window.schema.observe(features.names[cell.name], cell.value.kind)
            guard let place = columns[cell.name] else { continue }
            seen[place] += 1
            window.features[place].observe(cell.value, buckets[place])
        }
        // A feature that a row does not name is missing there.
        for (place, count) in seen.enumerated() where count < rows { window.features[place].missing += rows - count }
    }
}

extension JSONCursor.Scalar {
    var kind: ObservedSchema.Kind {
        switch self {
        case .null: .null
        case .boolean: .boolean
        case .number(_, let isInteger): isInteger ? .integer : .number
        case .text: .text
        case .nested: .nested
        }
    }
}

extension FeatureCounts {
    /// Counts a value in the buckets. As in the training statistics a number on an edge is in the bucket above it, NaN is
    /// missing, and a flag is 0 or 1; a whole number that names a category is that category.
    mutating func observe(_ value: JSONCursor.Scalar, _ buckets: FeatureBuckets) {
        switch (value, buckets.edges, buckets.categories) {
        case (.null, _, _): missing += 1
        case (.number(let number, _), let edges?, _): count(number, edges)
        case (.boolean(let flag), let edges?, _): count(flag ? 1 : 0, edges)
        case (.text(let text), nil, let categories?): count(text, categories)
        case (.boolean(let flag), nil, let categories?): count(flag ? "true" : "false", categories)
        case (.number(let number, _), nil, let categories?):
            if number.isNaN {
                missing += 1
            } else if let whole = Int64(exactly: number) {
                count(String(whole), categories)
            } else {
                mistyped += 1
            }
        case (.text, _?, _), (.nested, _, _), (_, nil, nil): mistyped += 1
        }
    }

    private mutating func count(_ number: Double, _ edges: [Double]) {
        guard number.isNaN == false else {
            missing += 1
            return
        }
        var low = 0
        var high = edges.count
        while low < high {
            let middle = (low + high) / 2
            if edges[middle] <= number { low = middle + 1 } else { high = middle }
        }
        guard low < counts.count else { return }
        counts[low] += 1
    }

    private mutating func count(_ text: String, _ categories: [String]) {
        guard let place = categories.firstIndex(of: text), place < counts.count else {
            unknown += 1
            return
        }
        counts[place] += 1
    }
}

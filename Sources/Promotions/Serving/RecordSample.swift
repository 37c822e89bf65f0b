import GatehouseCore
import Storage

/// Which records of one kind and scope are kept in full. A record has a place from 0 to 65,535 that depends on nothing but its
/// unit or request, and those below `places` are kept. When too many are kept, `places` is halved and those above it go: at
/// any time what is there is everything about a uniform share of the units.
struct RecordSample: Equatable {
    static let placesMax: Int64 = 65_536

    enum Kind: String {
        case exposure, shadow

        /// Rows of one scope: a split's arm, or a shadow version of an endpoint.
        var rowsMax: Int64 {
            switch self {
            case .exposure: 200_000
            case .shadow: 100_000
            }
        }
    }

    let kind: Kind
    let scope: String
    var places = placesMax
    /// Offered so far, and kept now.
    var seen: Int64 = 0
    var kept: Int64 = 0

    init(_ kind: Kind, scope: String) {
        self.kind = kind
        self.scope = scope
    }

    var isOverfull: Bool { kept > kind.rowsMax && places > 1 }

    /// FNV-1a (Fowler, Noll, Vo), folded: spreads request ids evenly, which is all that is asked of it.
    static func place(of text: String) -> Int64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        return Int64((hash ^ hash >> 32) & 0xffff)
    }
}

extension SQLTransaction {
    func sample(_ kind: RecordSample.Kind, scope: String) throws -> RecordSample {
        var sample = RecordSample(kind, scope: scope)
        let found = try first(
            "SELECT places, seen, kept FROM record_sample WHERE kind = \(kind.rawValue) AND scope = \(scope)"
        ) { (places: try $0.integer("places"), seen: try $0.integer("seen"), kept: try $0.integer("kept")) }
        if let found { (sample.places, sample.seen, sample.kept) = (found.places, found.seen, found.kept) }
        return sample
    }

    func keep(_ sample: RecordSample) throws {
        try execute(
            """
            INSERT INTO record_sample (kind, scope, places, seen, kept)
            VALUES (\(sample.kind.rawValue), \(sample.scope), \(sample.places), \(sample.seen), \(sample.kept))
            ON CONFLICT (kind, scope) DO UPDATE SET places = excluded.places, seen = excluded.seen, kept = excluded.kept
            """)
    }
}

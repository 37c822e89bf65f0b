import GatehouseCore

// Facts of audit entries, read leniently: what is not there, or is of another kind, is nil, because entries of other versions
// of Gatehouse are read too.

extension JSONValue {
    func digest(_ key: String) -> Digest? { self[key]?.stringValue.flatMap { try? Digest(parsing: $0) } }
    func time(_ key: String) -> Timestamp? { self[key]?.integerValue.map { Timestamp(milliseconds: $0) } }
    func version(_ key: String) -> VersionNumber? { self[key]?.integerValue.flatMap { try? VersionNumber($0) } }
    func stage(_ key: String) -> Stage? { self[key]?.stringValue.flatMap { try? Stage(parsing: $0) } }
    func texts(_ key: String) -> [String] { (self[key]?.arrayValue ?? []).compactMap(\.stringValue) }
}

/// The names of a result's columns, shared by its rows. A class so that a row carries one reference.
package final class SQLColumns: Sendable {
    private let names: [String]
    /// Length, first and last byte of each name: enough to pass over most other names without comparing text.
    private let marks: [UInt32]

    package init(_ names: [String]) {
        self.names = names
        marks = names.map(Self.mark)
    }

    /// Where the column stands; of two with one name, the first.
    func index(of name: String) -> Int? {
        let mark = Self.mark(name)
        for index in marks.indices where marks[index] == mark && names[index] == name { return index }
        return nil
    }

    private static func mark(_ name: String) -> UInt32 {
        let bytes = name.utf8
        return UInt32(truncatingIfNeeded: bytes.count) << 16 | UInt32(bytes.first ?? 0) << 8 | UInt32(bytes.last ?? 0)
    }
}

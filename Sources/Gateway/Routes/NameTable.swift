import GatehouseCore

/// Finds a name by its bytes without making a string: open addressing over a power of two of places, at most half full.
struct NameTable: Sendable {
    static let nameBytesMax = 512

    private let names: [[UInt8]]
    /// The index of a name plus one; 0: nobody is here.
    private let places: [UInt32]
    private let mask: Int

    init() {
        names = []
        places = [0]
        mask = 0
    }

    /// Fails with `invalidArgument` for a name twice, an empty or a very long one; `what` says of what.
    init(_ texts: [String], of what: String) throws(GatehouseError) {
        var size = 2
        while size < texts.count * 2 { size *= 2 }
        var places = [UInt32](repeating: 0, count: size)
        var names: [[UInt8]] = []
        for text in texts {
            let bytes = Array(text.utf8)
            guard (1...Self.nameBytesMax).contains(bytes.count) else {
                throw GatehouseError(
                    .invalidArgument, "The \(what) '\(text.prefix(80))' has no name of 1 to \(Self.nameBytesMax) bytes.")
            }
            var place = Self.hash(bytes.span) & (size - 1)
            while places[place] != 0 {
                guard names[Int(places[place]) - 1] != bytes else {
                    throw GatehouseError(.invalidArgument, "The \(what) '\(text)' is there twice.")
                }
                place = (place + 1) & (size - 1)
            }
            names.append(bytes)
            places[place] = UInt32(names.count)
        }
        self.names = names
        self.places = places
        mask = size - 1
    }

    func index(of bytes: Span<UInt8>) -> Int? {
        var place = Self.hash(bytes) & mask
        while places[place] != 0 {
            let index = Int(places[place]) - 1
            if Self.isEqual(names[index], bytes) { return index }
            place = (place + 1) & mask
        }
        return nil
    }

    private static func isEqual(_ one: [UInt8], _ other: Span<UInt8>) -> Bool {
        guard one.count == other.count else { return false }
        for index in one.indices where one[index] != other[index] { return false }
        return true
    }

    /// FNV-1a, 64 bits (Fowler, Noll, Vo). The names are the operator's, so nobody can make them collide.
    private static func hash(_ bytes: Span<UInt8>) -> Int {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for index in bytes.indices { hash = (hash ^ UInt64(bytes[index])) &* 0x100_0000_01B3 }
        return Int(truncatingIfNeeded: hash & 0x7FFF_FFFF_FFFF_FFFF)
    }
}

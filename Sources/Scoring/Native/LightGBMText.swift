import GatehouseCore

/// The lines of a LightGBM model in sections: a header, one section per tree, then `end of trees`.
struct LightGBMText {
    /// `key=value` lines under a title; values are parsed only when asked for.
    struct Section {
        let title: String
        fileprivate(set) var values: [String: ArraySlice<UInt8>] = [:]
    }

    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Whether the line that ends the trees comes next. What follows it repeats the training parameters.
    var isAtEndOfTrees: Bool {
        var ahead = self
        ahead.skipEmptyLines()
        return ahead.line().elementsEqual("end of trees".utf8)
    }

    /// The next section: its title line, then everything up to the next empty line that is followed by a title.
    ///
    /// Fails with `invalidArgument` at the end of the file or when a key stands twice.
    mutating func section() throws(GatehouseError) -> Section {
        skipEmptyLines()
        guard position < bytes.count else { throw ModelLimits.damaged("it ends before the line 'end of trees'") }
        var section = Section(title: Self.text(line()))
        while position < bytes.count {
            let next = line()
            if next.isEmpty { break }
            let separator = next.firstIndex(of: UInt8(ascii: "="))
            let key = Self.text(next[..<(separator ?? next.endIndex)])
            let value = separator.map { next[($0 + 1)...] } ?? []
            guard section.values.updateValue(value, forKey: key) == nil else {
                throw ModelLimits.damaged("'\(key.prefix(40))' stands twice in '\(section.title.prefix(40))'")
            }
        }
        return section
    }

    /// The value of a `key:value` line behind the trees, where Python leaves notes of its own; the last one counts.
    func trailer(_ key: String) -> ArraySlice<UInt8>? {
        var ahead = self
        var found: ArraySlice<UInt8>?
        while ahead.position < bytes.count {
            let line = ahead.line()
            if line.starts(with: "\(key):".utf8) { found = line.dropFirst(key.utf8.count + 1) }
        }
        return found
    }

    private mutating func skipEmptyLines() {
        while position < bytes.count, bytes[position] == 0x0A || bytes[position] == 0x0D { position += 1 }
    }

    /// The next line without its end.
    private mutating func line() -> ArraySlice<UInt8> {
        let start = position
        while position < bytes.count, bytes[position] != 0x0A { position += 1 }
        let end = position
        if position < bytes.count { position += 1 }
        return end > start && bytes[end - 1] == 0x0D ? bytes[start..<end - 1] : bytes[start..<end]
    }

    fileprivate static func text(_ bytes: some Collection<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
}

extension LightGBMText.Section {
    func optional(_ key: String) -> String? { values[key].map { LightGBMText.text($0) } }

    func text(_ key: String) throws(GatehouseError) -> String {
        guard let text = optional(key) else { throw missing(key) }
        return text
    }

    /// How many words the value has; counting allocates nothing, so it comes before everything that does.
    func wordCount(_ key: String) throws(GatehouseError) -> Int {
        var count = 0
        try forEachWord(key) { _ in count += 1 }
        return count
    }

    func words(_ key: String) throws(GatehouseError) -> [String] {
        var words: [String] = []
        try forEachWord(key) { words.append(LightGBMText.text($0)) }
        return words
    }

    func count(_ key: String) throws(GatehouseError) -> Int {
        let text = try text(key)
        guard let count = Int(text), count >= 0 else {
            throw ModelLimits.damaged("\(key) of '\(title.prefix(40))' is '\(text.prefix(40))', not a count")
        }
        return count
    }

    func numbers(_ key: String, count: Int) throws(GatehouseError) -> [Double] {
        try list(key, count: count) { Double($0) }
    }

    func integers(_ key: String, count: Int) throws(GatehouseError) -> [Int] {
        try list(key, count: count) { Int32($0).map { Int($0) } }
    }

    func words32(_ key: String, count: Int) throws(GatehouseError) -> [UInt32] {
        try list(key, count: count) { UInt32($0) }
    }

    /// As many entries as the tree declares: a huge count finds no such list and allocates nothing.
    private func list<Number>(
        _ key: String, count: Int, _ parse: (String) -> Number?
    ) throws(GatehouseError) -> [Number] {
        let found = try wordCount(key)
        guard found == count else {
            throw ModelLimits.damaged("\(key) of '\(title.prefix(40))' has \(found) entries instead of \(count)")
        }
        var numbers: [Number] = []
        numbers.reserveCapacity(count)
        try forEachWord(key) { (word) throws(GatehouseError) in
            let text = LightGBMText.text(word)
            guard let number = parse(text) else {
                throw ModelLimits.damaged("'\(text.prefix(40))' in \(key) of '\(title.prefix(40))' is not a number")
            }
            numbers.append(number)
        }
        return numbers
    }

    private func forEachWord(
        _ key: String, _ body: (ArraySlice<UInt8>) throws(GatehouseError) -> Void
    ) throws(GatehouseError) {
        guard var rest = values[key] else { throw missing(key) }
        while let start = rest.firstIndex(where: { $0 != UInt8(ascii: " ") }) {
            let end = rest[start...].firstIndex(of: UInt8(ascii: " ")) ?? rest.endIndex
            try body(rest[start..<end])
            rest = rest[end...]
        }
    }

    private func missing(_ key: String) -> GatehouseError {
        ModelLimits.damaged("'\(key)' of '\(title.prefix(40))' is missing")
    }
}

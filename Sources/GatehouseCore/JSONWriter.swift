/// Writes JSON straight into bytes, members in the order in which they are given: no tree, no reflection. For answers that are
/// sent often; `JSONValue` is for what is hashed, stored or looked into.
package struct JSONWriter: Sendable {
    package private(set) var bytes: [UInt8] = []
    private var needsComma = false

    package init(capacity: Int = 512) { bytes.reserveCapacity(capacity) }

    /// One object as a document.
    package static func object(capacity: Int = 512, _ members: (inout JSONWriter) throws -> Void) rethrows -> [UInt8] {
        var writer = JSONWriter(capacity: capacity)
        try writer.object(members)
        return writer.bytes
    }

    // MARK: - Containers

    package mutating func object(_ members: (inout JSONWriter) throws -> Void) rethrows {
        open(UInt8(ascii: "{"))
        try members(&self)
        close(UInt8(ascii: "}"))
    }

    package mutating func array<Element>(
        _ elements: some Sequence<Element>, _ each: (inout JSONWriter, Element) throws -> Void
    ) rethrows {
        open(UInt8(ascii: "["))
        for element in elements { try each(&self, element) }
        close(UInt8(ascii: "]"))
    }

    package mutating func key(_ key: String) {
        separate()
        quote(key)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    // MARK: - Values

    package mutating func value(_ text: String) {
        separate()
        quote(text)
        needsComma = true
    }

    package mutating func value(_ integer: Int64) { raw(String(integer)) }

    package mutating func value(_ flag: Bool) { raw(flag ? "true" : "false") }

    /// The shortest decimal form. What is not finite is a text, as in proto3's JSON mapping.
    package mutating func value(_ number: Double) {
        guard number.isFinite else {
            value(number.isNaN ? "NaN" : number > 0 ? "Infinity" : "-Infinity")
            return
        }
        raw("\(number)")
    }

    /// A value that was built as a tree.
    package mutating func value(_ tree: JSONValue) {
        separate()
        bytes += tree.canonicalBytes
        needsComma = true
    }

    // MARK: - Members; what is nil is left out

    package mutating func member(_ key: String, _ text: String?) {
        guard let text else { return }
        self.key(key)
        value(text)
    }

    package mutating func member(_ key: String, _ integer: Int64?) {
        guard let integer else { return }
        self.key(key)
        value(integer)
    }

    package mutating func member(_ key: String, _ number: Double?) {
        guard let number else { return }
        self.key(key)
        value(number)
    }

    package mutating func member(_ key: String, _ flag: Bool?) {
        guard let flag else { return }
        self.key(key)
        value(flag)
    }

    package mutating func member(_ key: String, object members: (inout JSONWriter) throws -> Void) rethrows {
        self.key(key)
        try object(members)
    }

    /// A list; an empty one is left out, as proto3's JSON mapping does.
    package mutating func member<Element>(
        _ key: String, unlessEmpty elements: some Collection<Element>, _ each: (inout JSONWriter, Element) throws -> Void
    ) rethrows {
        guard !elements.isEmpty else { return }
        self.key(key)
        try array(elements, each)
    }

    // MARK: - Bytes

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
    }

    private mutating func open(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }

    private mutating func raw(_ text: String) {
        separate()
        bytes += text.utf8
        needsComma = true
    }

    /// Most texts hold nothing to escape and are copied whole.
    private mutating func quote(_ text: String) {
        var text = text
        text.makeContiguousUTF8()
        bytes.append(UInt8(ascii: "\""))
        let isPlain =
            text.utf8.withContiguousStorageIfAvailable { utf8 in
                utf8.allSatisfy { $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
            } ?? false
        if isPlain { bytes += text.utf8 } else { JSONValue.writeEscaped(text, to: &bytes) }
        bytes.append(UInt8(ascii: "\""))
    }
}

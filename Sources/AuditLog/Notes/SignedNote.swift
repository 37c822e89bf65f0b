package import GatehouseCore

/// A text with signatures below it (C2SP signed-note): what a checkpoint travels in.
///
///     <text, ends with a line feed>
///     <empty line>
///     — <key name> <base64 of key id and signature>
package struct SignedNote: Sendable, Hashable {
    /// The limits of the reference implementation, golang.org/x/mod/sumdb/note.
    package static let bytesMax = 1_000_000
    package static let signaturesMax = 100

    /// One signature line. Whether its key is known, and its signature right, is the reader's question.
    package struct Signature: Sendable, Hashable {
        package let name: String
        /// The first four bytes of a hash over the key, big-endian: a hint which key to try.
        package let keyID: UInt32
        package let bytes: [UInt8]

        package init(name: String, keyID: UInt32, bytes: [UInt8]) {
            self.name = name
            self.keyID = keyID
            self.bytes = bytes
        }

        /// The line as it stands in a note, with its line feed.
        package var line: String { "— \(name) \(Base64.encode(keyID.bigEndianBytes + bytes))\n" }
    }

    /// What is signed, with the line feed at its end.
    package let text: String
    package var signatures: [Signature]

    /// Fails with `invalidArgument` when the text is none that a note can hold.
    package init(text: String, signatures: [Signature] = []) throws(GatehouseError) {
        guard text.utf8.last == Self.lineFeed, Self.isClean(Array(text.utf8)) else {
            throw Self.malformed("its text does not end with a line feed, or has a control character")
        }
        self.text = text
        self.signatures = signatures
    }

    /// Reads a note. Lines of unknown keys are kept, as others must be able to add theirs. Fails with `invalidArgument`.
    package init(parsing bytes: [UInt8]) throws(GatehouseError) {
        guard bytes.count <= Self.bytesMax else { throw Self.malformed("it has more than \(Self.bytesMax) bytes") }
        guard let whole = String(validating: bytes, as: UTF8.self), Self.isClean(bytes) else {
            throw Self.malformed("it is not UTF-8, or has a control character")
        }
        guard bytes.last == Self.lineFeed else { throw Self.malformed("it does not end with a line feed") }
        // The last empty line: a text may hold others.
        guard let gap = bytes.indices.dropLast().last(where: { bytes[$0] == Self.lineFeed && bytes[$0 + 1] == Self.lineFeed })
        else { throw Self.malformed("there is no empty line before its signatures") }
        let split = whole.utf8.index(whole.utf8.startIndex, offsetBy: gap + 1)
        text = String(whole[..<split])
        let block = bytes[(gap + 2)...]
        guard !block.isEmpty else { throw Self.malformed("it has no signature") }
        var signatures: [Signature] = []
        for line in block.dropLast().split(separator: Self.lineFeed, omittingEmptySubsequences: false) {
            guard signatures.count < Self.signaturesMax else {
                throw Self.malformed("it has more than \(Self.signaturesMax) signatures")
            }
            signatures.append(try Self.signature(Array(line)))
        }
        self.signatures = signatures
    }

    package init(parsing text: String) throws(GatehouseError) { try self.init(parsing: Array(text.utf8)) }

    /// The note as it is stored and sent.
    package var serialized: String { text + "\n" + signatures.map(\.line).joined() }

    private static let lineFeed = UInt8(ascii: "\n")
    /// An em dash and a space.
    private static let mark: [UInt8] = [0xe2, 0x80, 0x94, 0x20]

    private static func signature(_ line: [UInt8]) throws(GatehouseError) -> Signature {
        guard line.starts(with: mark), let space = line.lastIndex(of: UInt8(ascii: " ")), space >= mark.count,
            let name = String(validating: line[mark.count..<space], as: UTF8.self), NoteName.isValid(name),
            let text = String(validating: line[(space + 1)...], as: UTF8.self), let bytes = Base64.decode(text), bytes.count > 4
        else { throw malformed("a signature line is not '— NAME BASE64'") }
        return Signature(name: name, keyID: UInt32(bigEndianBytes: bytes), bytes: Array(bytes[4...]))
    }

    private static func isClean(_ bytes: [UInt8]) -> Bool { bytes.allSatisfy { $0 >= 0x20 || $0 == lineFeed } }

    private static func malformed(_ why: String) -> GatehouseError {
        GatehouseError(
            .invalidArgument, "This is no signed note: \(why).",
            hint: "A note is text, an empty line, and lines '— NAME BASE64'; copy the file whole.")
    }
}

/// The names that keys go by.
package enum NoteName {
    package static let bytesMax = 255

    /// Not empty, no white space, no `+`, which separates the parts of a key's text.
    package static func isValid(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= bytesMax
            && name.unicodeScalars.allSatisfy {
                $0 != "+" && !$0.properties.isWhitespace && $0.properties.generalCategory != .control
            }
    }
}

extension UInt32 {
    var bigEndianBytes: [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: self >> $0) } }

    /// From the first four of `bytes`, which are there.
    init(bigEndianBytes bytes: some Collection<UInt8>) { self = bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) } }
}

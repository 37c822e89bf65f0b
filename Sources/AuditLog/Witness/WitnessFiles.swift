import GatehouseCore

/// What witnessing keeps in the audit folder: the key this server cosigns others' logs with, and the newest checkpoint of its
/// own log that enough witnesses cosigned.
package struct WitnessFiles: Sendable {
    static let secretName = "witness.key"
    static let publicName = "witness.pub"
    /// Beside `checkpoint`, which is always the newest and rarely waits for anybody.
    package static let witnessedName = "checkpoint.witnessed"
    private static let keyBytesMax = 4096

    private let files: DurableFiles

    package init(directory: TileDirectory) { files = directory.files }

    /// The witness's key; made the first time, with its name, which stays. Fails with `conflict` when it has another name.
    package func key(name: String?, randomBytes: (Int) -> [UInt8]) throws -> NoteKey {
        if let bytes = try files.read(Self.secretName, bytesMax: Self.keyBytesMax) {
            let text = String(decoding: bytes.last == UInt8(ascii: "\n") ? bytes.dropLast() : bytes[...], as: UTF8.self)
            let key = try NoteKey(parsing: text)
            guard name ?? key.verifier.name == key.verifier.name else {
                throw GatehouseError(
                    .conflict, "This witness's name is '\(key.verifier.name)'; it cannot become '\(name ?? "")'.",
                    hint: "Leave out --witness-name: whoever trusts the witness knows it by its name.")
            }
            return key
        }
        let chance = randomBytes(8).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        let key = try NoteKey(
            name: name ?? "gatehouse-witness/\(chance)", algorithm: .cosignature, seed: randomBytes(NoteKey.bytesCount))
        try files.write([(path: Self.secretName, bytes: Array((key.text + "\n").utf8))], mode: 0o600)
        try files.write([(path: Self.publicName, bytes: Array((key.verifier.vkey + "\n").utf8))])
        return key
    }

    package func keep(_ note: SignedNote) throws {
        try files.write([(path: Self.witnessedName, bytes: Array(note.serialized.utf8))])
    }

    /// Nil: no checkpoint had enough cosignatures yet.
    package func witnessed() throws -> SignedNote? {
        try files.read(Self.witnessedName, bytesMax: SignedNote.bytesMax).map { bytes in try SignedNote(parsing: bytes) }
    }
}

package import GatehouseCore

/// The log's key in its folder: `key` is the secret, readable by its owner only; `key.pub` is what readers are given.
package struct LogKeyFiles: Sendable {
    static let secretName = "key"
    static let publicName = "key.pub"
    /// A key that is being changed to.
    static let nextName = "key.next"
    private static let bytesMax = 4096

    let files: DurableFiles

    package init(directory: TileDirectory) { files = directory.files }

    /// The log's key; made at the first start, with the log's name, which stays. `origin` chooses that name, or asks for it
    /// later. Fails with `conflict` when the log has another name, with `integrity` when the key of a begun log is gone.
    package func open(origin: String?, randomBytes: (Int) -> [UInt8]) throws -> NoteKey {
        if let key = try secret(Self.secretName) {
            try Self.require(origin, of: key.verifier)
            if try published()?.vkey != key.verifier.vkey { try publish(key.verifier) }
            return key
        }
        guard try published() == nil, try files.read(TileDirectory.checkpointName, bytesMax: SignedNote.bytesMax) == nil else {
            throw GatehouseError(
                .integrity, "The audit log is not continued (key-missing): its private key '\(files.root)/key' is not there.",
                hint: "Restore the file from a backup of the data folder: nobody can sign this log without it.",
                details: ["docs/audit-log.md explains 'key-missing' and the ways out; nothing was changed"])
        }
        let name = origin ?? "gatehouse/" + Self.hex(randomBytes(8))
        let key = try NoteKey(name: name, seed: randomBytes(NoteKey.bytesCount))
        try write(key, to: Self.secretName)
        try publish(key.verifier)
        return key
    }

    /// The public key beside the log; nil when there is none.
    package func published() throws(GatehouseError) -> NoteVerifier? {
        guard let bytes = try files.read(Self.publicName, bytesMax: Self.bytesMax) else { return nil }
        return try NoteVerifier(parsing: Self.line(bytes))
    }

    /// For a signer that keeps its key elsewhere: the public half lies beside the log all the same.
    package func open(external verifier: NoteVerifier) throws {
        guard let published = try published() else { return try publish(verifier) }
        guard published == verifier else {
            throw GatehouseError(
                .conflict, "The log in '\(files.root)' is signed by '\(published.vkey)', not by '\(verifier.vkey)'.",
                hint: "Start with the signer of that key.")
        }
    }

    func secret(_ name: String) throws(GatehouseError) -> NoteKey? {
        guard let bytes = try files.read(name, bytesMax: Self.bytesMax) else { return nil }
        return try NoteKey(parsing: Self.line(bytes))
    }

    func write(_ key: NoteKey, to name: String) throws {
        try files.write([(path: name, bytes: Array((key.text + "\n").utf8))], mode: 0o600)
    }

    func publish(_ verifier: NoteVerifier) throws {
        try files.write([(path: Self.publicName, bytes: Array((verifier.vkey + "\n").utf8))])
    }

    private static func require(_ origin: String?, of verifier: NoteVerifier) throws(GatehouseError) {
        guard let origin, origin != verifier.name else { return }
        throw GatehouseError(
            .conflict, "The audit log is not continued (origin-changed): its name is '\(verifier.name)', not '\(origin)'.",
            hint: "Leave out --audit-origin, which only a new log takes: whoever holds a receipt knows the old name.")
    }

    private static func line(_ bytes: [UInt8]) -> String {
        String(decoding: bytes.last == UInt8(ascii: "\n") ? bytes.dropLast() : bytes[...], as: UTF8.self)
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

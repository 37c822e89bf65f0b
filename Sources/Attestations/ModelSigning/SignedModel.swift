package import GatehouseCore

// By name: Crypto has a Digest of its own.
import struct Crypto.SHA256

/// A file of a signed model.
package struct SignedFile: Sendable, Equatable {
    /// Relative, with `/` between its parts.
    package let path: String
    package let digest: Digest

    package init(path: String, digest: Digest) {
        self.path = path
        self.digest = digest
    }
}

/// The digest of a file that is read piece by piece.
package struct FileHash: Sendable {
    private var hash = SHA256()

    package init() {}
    package mutating func update(_ bytes: ArraySlice<UInt8>) { hash.update(data: bytes) }
    package var digest: Digest { Digest(bytes: Array(hash.finalize())) }
}

/// The claim of OpenSSF model signing 1.0: these files, all of them, belong to a model.
package struct SignedModel: Sendable, Equatable {
    /// Paths that verifiers pass over whatever a signature says: the signature itself, and what version control leaves.
    package static let ignoredPaths = [".git", ".gitattributes", ".github", ".gitignore", "model.sig"]
    package static let filesMax = 100_000

    package let modelName: String
    /// Sorted by the parts of their paths, as other implementations sort them.
    package let files: [SignedFile]
    package let ignoredPaths: [String]

    /// Leaves out the files that verifiers would pass over; nil when nothing is left to sign.
    package init?(modelName: String, signing files: [SignedFile]) {
        let ignored = Self.ignoredPaths
        let signed = files.filter { !Self.isIgnored($0.path, ignored) }
        guard !signed.isEmpty else { return nil }
        self.modelName = modelName
        self.files = signed.sorted { Self.precedes($0.path, $1.path) }
        ignoredPaths = ignored
    }

    /// SHA-256 over the raw digests in the order of the files. Names are not in it: it is no identity of a model.
    package var root: Digest { Self.root(of: files) }

    package var statement: Statement {
        Statement(
            subjects: [ResourceDescriptor(name: modelName, digest: root)], predicateType: PredicateType.modelSignature,
            predicate: .object([
                "serialization": .object([
                    "method": "files", "hash_type": "sha256", "allow_symlinks": false,
                    "ignore_paths": .array(ignoredPaths.map { .string($0) }),
                ]),
                "resources": .array(
                    files.map { file in
                        .object(["name": .string(file.path), "algorithm": "sha256", "digest": .string(file.digest.hex)])
                    }),
            ]))
    }

    /// Reads a verified statement. Fails with `invalidArgument` when it is another kind of claim or in a form that is not
    /// read here (shards, other hashes), and with `integrity` when its root is not that of its files.
    package init(_ statement: Statement) throws(GatehouseError) {
        guard statement.predicateType == PredicateType.modelSignature, statement.subjects.count == 1 else {
            throw Self.malformed("it is not one claim \(PredicateType.modelSignature)")
        }
        let serialization = statement.predicate["serialization"]
        guard serialization?["method"]?.stringValue == "files", serialization?["hash_type"]?.stringValue == "sha256" else {
            throw Self.malformed("only whole files under SHA-256 are read")
        }
        guard let resources = statement.predicate["resources"]?.arrayValue, (1...Self.filesMax).contains(resources.count) else {
            throw Self.malformed("it lists no files, or more than \(Self.filesMax)")
        }
        var files: [SignedFile] = []
        var seen: Set<String> = []
        for resource in resources {
            guard let path = resource["name"]?.stringValue, !path.isEmpty, resource["algorithm"]?.stringValue == "sha256",
                let text = resource["digest"]?.stringValue, seen.insert(path).inserted
            else { throw Self.malformed("a file without name or digest, or twice") }
            files.append(SignedFile(path: path, digest: try Digest(parsing: text)))
        }
        guard Self.root(of: files) == statement.subjects[0].digest else {
            throw GatehouseError(.integrity, "The signature's root digest is not that of the files it lists.")
        }
        modelName = statement.subjects[0].name ?? ""
        self.files = files
        ignoredPaths = (serialization?["ignore_paths"]?.arrayValue ?? []).compactMap(\.stringValue)
    }

    private static func root(of files: [SignedFile]) -> Digest {
        var hash = SHA256()
        for file in files { hash.update(data: file.digest.rawBytes) }
        return Digest(bytes: Array(hash.finalize()))
    }

    private static func precedes(_ left: String, _ right: String) -> Bool {
        let (left, right) = (left.split(separator: "/"), right.split(separator: "/"))
        for (one, other) in zip(left, right) where one != other { return one.utf8.lexicographicallyPrecedes(other.utf8) }
        return left.count < right.count
    }

    static func isIgnored(_ path: String, _ ignored: [String]) -> Bool {
        ignored.contains { path == $0 || path.hasPrefix($0 + "/") }
    }

    private static func malformed(_ why: String) -> GatehouseError {
        GatehouseError(.invalidArgument, "This is no model signature that is understood: \(why).")
    }
}

extension Digest {
    fileprivate var rawBytes: [UInt8] {
        func value(_ digit: UInt8) -> UInt8 {
            digit < UInt8(ascii: "a") ? digit - UInt8(ascii: "0") : digit - UInt8(ascii: "a") + 10
        }
        let digits = Array(hex.utf8)
        return stride(from: 0, to: digits.count, by: 2).map { value(digits[$0]) << 4 | value(digits[$0 + 1]) }
    }
}

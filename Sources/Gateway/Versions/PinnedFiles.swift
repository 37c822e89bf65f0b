package import GatehouseCore
package import WireAPI

// The struct alone: Crypto has a protocol called Digest too.
import struct Crypto.SHA256

/// The files of a version, as the digest that a route table pins says they must be.
package struct PinnedFiles: Sendable, Equatable {
    static let filesMax = 100_000
    static let pathBytesMax = 1_024

    package struct File: Sendable, Equatable {
        package let path: String
        package let digest: Digest
        package let bytes: Int64
    }

    /// Sorted by the bytes of their paths.
    package let files: [File]
    package let totalBytes: Int64

    /// Fails with `integrity` when the list is not the one that `digest` stands for, with `invalidArgument` for a path that
    /// would leave the folder. The list is a stranger's until the digest has been checked.
    package init(_ entries: [ManifestEntry], digest: Digest) throws(GatehouseError) {
        guard (1...Self.filesMax).contains(entries.count) else {
            throw GatehouseError(.integrity, "A version has 1 to \(Self.filesMax) files, not \(entries.count).")
        }
        var total: Int64 = 0
        var files: [File] = []
        for entry in entries {
            try Self.check(entry.path)
            let (sum, overflows) = total.addingReportingOverflow(entry.bytes)
            guard entry.bytes >= 0, !overflows else {
                throw GatehouseError(.integrity, "The file '\(entry.path)' cannot have \(entry.bytes) bytes.")
            }
            total = sum
            files.append(File(path: entry.path, digest: try Digest(parsing: entry.digest), bytes: entry.bytes))
        }
        self.files = files.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
        totalBytes = total
        let found = Self.digest(of: self.files)
        guard found == digest else {
            throw GatehouseError(
                .integrity, "The list of files has the digest \(found), but the route table pins \(digest).",
                hint: "Somebody changed the version or the table: compare them in the registry's log.")
        }
    }

    var entries: [ManifestEntry] {
        files.map { ManifestEntry(path: $0.path, digest: $0.digest.description, bytes: $0.bytes) }
    }

    /// The registry's canonical form of an artifact: JSON with sorted keys, files sorted by path, bare hexadecimal digests.
    static func digest(of files: [File]) -> Digest {
        let entries = files.map { file in
            JSONValue.object(["path": .string(file.path), "sha256": .string(file.digest.hex), "bytes": .integer(file.bytes)])
        }
        let canonical = JSONValue.object(["format": 1, "files": .array(entries)]).canonicalBytes
        return Digest(bytes: Array(SHA256.hash(data: canonical)))
    }

    private static func check(_ path: String) throws(GatehouseError) {
        let parts = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        let isPlain = path.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "\\") }
        let isInside = parts.allSatisfy { !$0.isEmpty && !$0.elementsEqual(".".utf8) && !$0.elementsEqual("..".utf8) }
        guard isPlain, isInside, path.utf8.count <= pathBytesMax else {
            throw GatehouseError(.integrity, "The path '\(path.prefix(120))' does not stay inside a version's folder.")
        }
    }
}

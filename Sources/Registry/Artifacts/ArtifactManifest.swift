package import GatehouseCore

/// A file of an artifact: where it stands, and which bytes.
package struct ArtifactFile: Sendable, Hashable {
    package let path: String
    package let digest: Digest
    package let bytes: Int64

    package init(path: String, digest: Digest, bytes: Int64) {
        self.path = path
        self.digest = digest
        self.bytes = bytes
    }
}

/// The files of a model as one value with one digest. Paths in it are safe to create below a directory.
package struct ArtifactManifest: Sendable, Hashable {
    package static let filesMax = 100_000
    package static let pathBytesMax = 1024
    package static let componentBytesMax = 255

    /// Sorted by the UTF-8 bytes of their paths.
    package let files: [ArtifactFile]
    package let totalBytes: Int64
    /// SHA-256 of `canonicalBytes`: equal for equal files, whatever order they came in.
    package let digest: Digest

    /// Fails with `invalidArgument` naming the path: not relative, `.` or `..`, a backslash or control character, too long,
    /// twice in the list (also by letter case alone), both a file and a folder. No files at all, or a negative size.
    package init(_ files: [ArtifactFile]) throws(GatehouseError) {
        guard !files.isEmpty, files.count <= Self.filesMax else {
            throw GatehouseError(
                files.isEmpty ? .invalidArgument : .tooLarge, "An artifact has 1 to \(Self.filesMax) files, not \(files.count).")
        }
        var total: Int64 = 0
        for file in files {
            try Self.check(path: file.path)
            let (sum, overflows) = total.addingReportingOverflow(file.bytes)
            guard file.bytes >= 0, !overflows else {
                throw GatehouseError(
                    .invalidArgument, "The file '\(file.path)' cannot have \(file.bytes) bytes.",
                    hint: "Give the size in bytes that the upload answered with.")
            }
            total = sum
        }
        try Self.checkCollisions(files)
        self.files = files.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
        totalBytes = total
        digest = Digest.sha256(of: Self.canonicalBytes(self.files))
    }

    /// The text that is hashed: JSON with sorted keys, files sorted by path, bare hexadecimal digests.
    package var canonicalBytes: [UInt8] { Self.canonicalBytes(files) }

    package func file(_ path: String) -> ArtifactFile? {
        // Sorted by bytes: a binary search.
        var low = 0
        var high = files.count
        while low < high {
            let middle = low + (high - low) / 2
            if files[middle].path.utf8.lexicographicallyPrecedes(path.utf8) { low = middle + 1 } else { high = middle }
        }
        return low < files.count && files[low].path == path ? files[low] : nil
    }

    /// The rule for every path that a client names: relative, `/` between components, none of them empty, `.` or `..`.
    package static func check(path: String) throws(GatehouseError) {
        func refusal(_ why: String) -> GatehouseError {
            GatehouseError(
                .invalidArgument, "The artifact path '\(path.prefix(120))' \(why).",
                hint: "Use a relative path such as 'model/MLmodel'.")
        }
        guard !path.isEmpty, path.utf8.count <= pathBytesMax else {
            throw refusal("is empty or longer than \(pathBytesMax) bytes")
        }
        guard path.utf8.first != UInt8(ascii: "/") else { throw refusal("is absolute") }
        for scalar in path.unicodeScalars where scalar == "\\" || scalar.properties.generalCategory == .control {
            throw refusal("holds a backslash or a control character")
        }
        for component in path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            let isDots = component.elementsEqual(".".utf8) || component.elementsEqual("..".utf8)
            guard !component.isEmpty, !isDots else { throw refusal("has an empty, '.' or '..' component") }
            guard component.count <= componentBytesMax else {
                throw refusal("has a component longer than \(componentBytesMax) bytes")
            }
        }
    }

    /// Two paths that one file system would keep and another merge are refused, so an artifact is the same everywhere.
    private static func checkCollisions(_ files: [ArtifactFile]) throws(GatehouseError) {
        var seen: [String: String] = [:]
        seen.reserveCapacity(files.count)
        for file in files {
            if let other = seen.updateValue(file.path, forKey: file.path.lowercased()) {
                guard other != file.path else {
                    throw GatehouseError(
                        .invalidArgument, "The artifact path '\(other.prefix(120))' stands twice in the list.",
                        hint: "Name every file once.")
                }
                throw GatehouseError(
                    .invalidArgument,
                    "The artifact paths '\(other.prefix(120))' and '\(file.path.prefix(120))' are the same file"
                        + " on systems that ignore letter case.", hint: "Rename one of them.")
            }
        }
        for file in files {
            var parent = file.path.lowercased()[...]
            while let slash = parent.lastIndex(of: "/") {
                parent = parent[..<slash]
                if seen[String(parent)] != nil {
                    throw GatehouseError(
                        .invalidArgument, "The artifact path '\(parent.prefix(120))' is both a file and a folder.",
                        hint: "Rename one of them.")
                }
            }
        }
    }

    private static func canonicalBytes(_ files: [ArtifactFile]) -> [UInt8] {
        let entries = files.map { file in
            JSONValue.object(["path": .string(file.path), "sha256": .string(file.digest.hex), "bytes": .integer(file.bytes)])
        }
        return JSONValue.object(["format": 1, "files": .array(entries)]).canonicalBytes
    }
}

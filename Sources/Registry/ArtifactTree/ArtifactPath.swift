package import GatehouseCore

/// A place in the artifact tree: names with `/` between them. Checked once; the empty path is the tree's root.
package struct ArtifactPath: Sendable, Hashable, CustomStringConvertible {
    package static let bytesMax = 1024
    package static let nameBytesMax = 255
    /// A path that is still percent-encoded after so many rounds is no path that anybody meant.
    static let decodingsMax = 10
    package static let scheme = "mlflow-artifacts:"

    package let text: String

    package static let root = ArtifactPath(checked: "")

    private init(checked text: String) { self.text = text }

    /// Restores a path that was checked before it was stored.
    init(stored text: String) { self.text = text }

    /// Reads a path as a client sent it, percent-decoded until nothing changes: what is decoded later, by whatever stands
    /// behind, is then what was checked. Empty and `.` components are dropped. Fails with `invalidArgument` on `..`, an
    /// absolute path, a drive, a backslash, `#`, a control character, bytes that are not UTF-8, and what is too long.
    package init(_ sent: some StringProtocol) throws(GatehouseError) {
        let decoded = try Self.decoded(Array(sent.utf8))
        for scalar in decoded.unicodeScalars
        where scalar == "\\" || scalar == "#" || scalar.properties.generalCategory == .control {
            throw Self.invalid("it holds a backslash, '#' or a control character")
        }
        guard decoded.utf8.first != UInt8(ascii: "/"), !Self.namesAnotherPlace(decoded) else {
            throw Self.invalid("it is not relative")
        }
        var names: [Substring] = []
        for name in decoded.split(separator: "/") where !name.utf8.elementsEqual(".".utf8) {
            guard !name.utf8.elementsEqual("..".utf8) else { throw Self.invalid("it has a '..'") }
            guard name.utf8.count <= Self.nameBytesMax else {
                throw Self.invalid("it has a name longer than \(Self.nameBytesMax) bytes")
            }
            names.append(name)
        }
        text = names.joined(separator: "/")
        guard text.utf8.count <= Self.bytesMax else { throw Self.invalid("it is longer than \(Self.bytesMax) bytes") }
    }

    /// The place behind `mlflow-artifacts:/…`, with or without a host; nil for any other address.
    /// Fails as the other initialiser does.
    package init?(uri: String) throws(GatehouseError) {
        guard uri.hasPrefix(Self.scheme) else { return nil }
        var rest = uri.dropFirst(Self.scheme.count)
        if rest.hasPrefix("//") { rest = rest.dropFirst(2).drop { $0 != "/" } }
        try self.init(rest.drop { $0 == "/" })
    }

    package var isRoot: Bool { text.isEmpty }
    package var description: String { text }

    /// The last name; empty for the root.
    package var name: String { text.lastIndex(of: "/").map { String(text[text.index(after: $0)...]) } ?? text }

    /// The folder it stands in; the root stands in itself.
    package var parent: ArtifactPath {
        ArtifactPath(checked: text.lastIndex(of: "/").map { String(text[..<$0]) } ?? "")
    }

    /// This path and the folders above it, without the root, from the top down.
    package var lineage: [ArtifactPath] {
        var found: [ArtifactPath] = []
        var path = self
        while !path.isRoot {
            found.append(path)
            path = path.parent
        }
        return found.reversed()
    }

    /// A place below this one. Fails when both together are too long.
    package func appending(_ other: ArtifactPath) throws(GatehouseError) -> ArtifactPath {
        if isRoot { return other }
        if other.isRoot { return self }
        let joined = "\(text)/\(other.text)"
        guard joined.utf8.count <= Self.bytesMax else { throw Self.invalid("it is longer than \(Self.bytesMax) bytes") }
        return ArtifactPath(checked: joined)
    }

    /// MLflow's two words, which its clients look for, then why.
    static func invalid(_ why: String) -> GatehouseError {
        GatehouseError(.invalidArgument, "Invalid path", hint: "\(why); use a relative one such as 'model/MLmodel'")
    }

    /// `C:/…` and `file:…`, which other programs take for a place outside.
    private static func namesAnotherPlace(_ text: String) -> Bool {
        let bytes = Array(text.utf8.prefix(3))
        let isDrive =
            bytes.count >= 2 && bytes[1] == UInt8(ascii: ":") && (bytes.count == 2 || bytes[2] == UInt8(ascii: "/"))
            && (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(bytes[0] | 0x20)
        return isDrive || text.lowercased().hasPrefix("file:")
    }

    private static func decoded(_ sent: [UInt8]) throws(GatehouseError) -> String {
        var bytes = sent
        for _ in 0...decodingsMax {
            guard let once = PercentEncoding.decodedOnce(bytes) else {
                guard let text = String(validating: bytes, as: UTF8.self) else { throw invalid("it is not UTF-8") }
                return text
            }
            bytes = once
        }
        throw invalid("it is percent-encoded more than \(decodingsMax) times")
    }
}

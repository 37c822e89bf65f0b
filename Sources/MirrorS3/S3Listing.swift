package import GatehouseCore

/// A page of the versions in a bucket, as far as a mirror asks: which keys are under a delete marker, which have a second
/// version on top of the first.
package struct S3Listing: Sendable, Hashable {
    package struct Marker: Sendable, Hashable {
        package let key: String
        package let version: String
    }

    package struct Version: Sendable, Hashable {
        package let key: String
        /// Differs where the bytes do; nil for a delete marker.
        package let tag: String?
        package let isLatest: Bool
        package let isDeleteMarker: Bool
    }

    package let versions: [Version]
    /// Where the next page begins; nil: this is the last.
    package let next: Marker?

    /// Reads `ListVersionsResult`. Fails with `unavailable` when it is something else.
    package init(parsing xml: [UInt8]) throws(GatehouseError) {
        let text = String(decoding: xml, as: UTF8.self)
        guard text.contains("<ListVersionsResult") else {
            throw GatehouseError(.unavailable, "The bucket's list of versions is not one.")
        }
        var versions: [Version] = []
        for (tag, isDeleteMarker) in [("Version", false), ("DeleteMarker", true)] {
            for element in Self.elements(tag, in: text[...]) {
                guard let key = Self.elements("Key", in: element).first else { continue }
                versions.append(
                    Version(
                        key: Self.unescaped(key), tag: Self.elements("ETag", in: element).first.map { Self.unescaped($0) },
                        isLatest: Self.elements("IsLatest", in: element).first == "true",
                        isDeleteMarker: isDeleteMarker))
            }
        }
        self.versions = versions
        let isTruncated = Self.elements("IsTruncated", in: text[...]).first == "true"
        if isTruncated, let key = Self.elements("NextKeyMarker", in: text[...]).first {
            next = Marker(
                key: Self.unescaped(key),
                version: Self.elements("NextVersionIdMarker", in: text[...]).first.map { Self.unescaped($0) } ?? "")
        } else {
            next = nil
        }
    }

    /// The text of the first element of this name, such as the `Code` of a failure.
    static func value(of tag: String, in xml: [UInt8]) -> String? {
        let text = String(decoding: xml.prefix(64 * 1024), as: UTF8.self)
        return elements(tag, in: text[...]).first.map { unescaped($0) }
    }

    /// What stands between `<tag>` and the next `</tag>`; S3's answers have no attributes on these, and do not nest them.
    private static func elements(_ tag: String, in text: Substring) -> [Substring] {
        var found: [Substring] = []
        var rest = text
        while let open = rest.firstRange(of: "<\(tag)>"), let close = rest[open.upperBound...].firstRange(of: "</\(tag)>") {
            found.append(rest[open.upperBound..<close.lowerBound])
            rest = rest[close.upperBound...]
        }
        return found
    }

    private static func unescaped(_ text: Substring) -> String {
        // The ampersand last, so that what it was written for is not read twice.
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")]
            .reduce(String(text)) { $0.replacing($1.0, with: $1.1) }
    }
}

package import GatehouseCore

/// A place in a bucket, and how long what is put there is locked:
/// `s3://BUCKET/PREFIX?retain=3650d[&region=R][&endpoint=URL][&every=60s]`.
package struct S3Location: Sendable, Hashable {
    package static let daysMin: Int64 = 1
    package static let daysMax: Int64 = 36_500
    package static let everySecondsDefault: Int64 = 60
    package static let everySecondsMax: Int64 = 86_400

    package let bucket: String
    /// Ends with `/`, or is empty.
    package let prefix: String
    package let region: String
    /// Scheme and authority, without `/` at the end; nil: AWS itself.
    package let endpoint: String?
    package let retention: Duration
    /// Each time that the log grew costs some objects which stay for years: so often at most.
    package let every: Duration

    /// Fails with `invalidArgument`. How long objects are locked has no default, because it cannot be taken back.
    package init(parsing text: String, regionDefault: String?) throws(GatehouseError) {
        guard text.hasPrefix("s3://") else { throw Self.malformed("does not begin with s3://") }
        let halves = text.dropFirst(5).split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let path = halves[0].split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let bucket = String(path[0])
        guard (3...63).contains(bucket.utf8.count), bucket.utf8.allSatisfy(Self.isBucketByte) else {
            throw Self.malformed("has no bucket of 3 to 63 lower-case letters, digits, dots and dashes")
        }
        let folder = path.count == 2 ? String(path[1]) : ""
        guard folder.utf8.count <= 512,
            folder.utf8.allSatisfy({ Self.isBucketByte($0) || $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "_") })
        else { throw Self.malformed("has a prefix with other characters than lower-case letters, digits and ./-_") }
        var options: [String: String] = [:]
        for pair in halves.count == 2 ? halves[1].split(separator: "&") : [] {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, ["region", "endpoint", "retain", "every"].contains(parts[0]) else {
                throw Self.malformed("has '\(pair)', which is none of retain=, region=, endpoint= and every=")
            }
            options[String(parts[0])] = String(parts[1])
        }
        guard let retain = options["retain"].flatMap({ Duration(text: $0) }),
            (Self.daysMin * 86_400...Self.daysMax * 86_400).contains(retain.components.seconds)
        else {
            throw Self.malformed(
                "does not say how long objects are locked, from 1d to \(Self.daysMax)d (retain=3650d); it cannot be undone")
        }
        guard let every = options["every"].map({ Duration(text: $0) }) ?? .seconds(Self.everySecondsDefault),
            (0...Self.everySecondsMax).contains(every.components.seconds)
        else { throw Self.malformed("has an every= that is not a time from 1s to 1d") }
        self.endpoint = try Self.endpoint(options["endpoint"])
        // Servers other than AWS mostly take any region; a signature needs one.
        guard let region = options["region"] ?? regionDefault ?? (self.endpoint == nil ? nil : "us-east-1"), !region.isEmpty,
            region.utf8.allSatisfy({ Self.isBucketByte($0) && $0 != UInt8(ascii: ".") })
        else { throw Self.malformed("has no region (region=eu-central-1 or AWS_REGION)") }
        self.bucket = bucket
        prefix = folder.isEmpty || folder.hasSuffix("/") ? folder : folder + "/"
        self.region = region
        retention = retain
        self.every = every
    }

    package var description: String { "s3://\(bucket)/\(prefix)" }

    /// Scheme, `Host` and path of the bucket: in the path of an endpoint of one's own, in AWS's names.
    var base: (origin: String, host: String, path: String) {
        guard let endpoint else {
            // A dot in a bucket's name does not fit AWS's certificate.
            if bucket.utf8.contains(UInt8(ascii: ".")) {
                let host = "s3.\(region).amazonaws.com"
                return ("https://\(host)", host, "/\(bucket)")
            }
            let host = "\(bucket).s3.\(region).amazonaws.com"
            return ("https://\(host)", host, "")
        }
        let host = String(endpoint.split(separator: "://", maxSplits: 1).last ?? "")
        return (endpoint, host, "/\(bucket)")
    }

    private static func endpoint(_ text: String?) throws(GatehouseError) -> String? {
        guard let text else { return nil }
        let halves = text.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
        guard halves.count == 2, ["http", "https"].contains(halves[0]), !halves[1].isEmpty,
            halves[1].utf8.allSatisfy({ (0x21...0x7E).contains($0) && !"/?#@".utf8.contains($0) })
        else { throw malformed("has an endpoint that is not http[s]://host[:port]") }
        return text
    }

    private static func isBucketByte(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
    }

    private static func malformed(_ what: String) -> GatehouseError {
        GatehouseError(
            .invalidArgument, "The S3 mirror's address \(what).",
            hint: "Write it as s3://bucket/prefix?retain=3650d&region=eu-central-1")
    }
}

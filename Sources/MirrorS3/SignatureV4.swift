import Crypto
package import GatehouseCore

/// A request as it is signed: what of it matters to the signature, and nothing else.
package struct S3Request: Sendable {
    package var method: String
    /// With the port where it is not the scheme's own, as in the `Host` header.
    package var host: String
    /// Percent-encoded already, from `/` on.
    package var path: String
    /// Names and values as they are, not encoded.
    package var query: [(name: String, value: String)]
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]

    package init(
        _ method: String, host: String, path: String, query: [(name: String, value: String)] = [],
        headers: [(name: String, value: String)] = [], body: [UInt8] = []
    ) {
        self.method = method
        self.host = host
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
    }
}

/// AWS Signature Version 4 in the `Authorization` header, of one region and service (AWS documentation, "Signature Version 4
/// signing process", 2015-08-30 test suite).
package struct SignatureV4: Sendable {
    private static let algorithm = "AWS4-HMAC-SHA256"

    let credentials: AWSCredentials
    let region: String
    let service: String

    package init(credentials: AWSCredentials, region: String, service: String = "s3") {
        self.credentials = credentials
        self.region = region
        self.service = service
    }

    /// The request with `Authorization`, `X-Amz-Date`, the session's token and, for S3, the hash of the body. All headers that
    /// are there are signed.
    package func signed(_ request: S3Request, at time: Timestamp) -> S3Request {
        let stamp = Self.stamp(time)
        let bodyHash = Self.hex(SHA256.hash(data: request.body))
        var request = request
        request.headers.append((name: "x-amz-date", value: stamp))
        if service == "s3" { request.headers.append((name: "x-amz-content-sha256", value: bodyHash)) }
        if let token = credentials.sessionToken { request.headers.append((name: "x-amz-security-token", value: token)) }
        let headers = (request.headers + [(name: "host", value: request.host)])
            .map { (name: $0.name.lowercased(), value: Self.trimmed($0.value)) }
            .sorted { Array($0.name.utf8).lexicographicallyPrecedes(Array($1.name.utf8)) }
        let names = headers.map(\.name).joined(separator: ";")
        let canonical = [
            request.method, request.path, Self.canonicalQuery(request.query),
            headers.map { "\($0.name):\($0.value)\n" }.joined(), names, bodyHash,
        ].joined(separator: "\n")
        let scope = "\(stamp.prefix(8))/\(region)/\(service)/aws4_request"
        let text = [Self.algorithm, stamp, scope, Self.hex(SHA256.hash(data: Array(canonical.utf8)))].joined(separator: "\n")
        let signature = Self.hex(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: key(day: stamp.prefix(8))))
        request.headers.append(
            (
                name: "authorization",
                value:
                    "\(Self.algorithm) Credential=\(credentials.accessKeyID)/\(scope), SignedHeaders=\(names), Signature=\(signature)"
            ))
        return request
    }

    private func key(day: Substring) -> SymmetricKey {
        [String(day), region, service, "aws4_request"].reduce(SymmetricKey(data: Array("AWS4\(credentials.secret)".utf8))) {
            key, part in
            SymmetricKey(data: Array(HMAC<SHA256>.authenticationCode(for: Array(part.utf8), using: key)))
        }
    }

    /// Names and values encoded, sorted by code point of the encoded form.
    package static func canonicalQuery(_ query: [(name: String, value: String)]) -> String {
        query.map { (Array(encoded($0.name).utf8), Array(encoded($0.value).utf8)) }
            .sorted { $0.0 == $1.0 ? $0.1.lexicographicallyPrecedes($1.1) : $0.0.lexicographicallyPrecedes($1.0) }
            .map { String(decoding: $0.0 + [UInt8(ascii: "=")] + $0.1, as: UTF8.self) }
            .joined(separator: "&")
    }

    /// Percent-encoding as AWS defines it: everything but letters, digits and `-._~`; `/` too, unless it is kept for a path.
    package static func encoded(_ text: String, keepingSlashes: Bool = false) -> String {
        var out: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                out.append(byte)
            case UInt8(ascii: "/") where keepingSlashes: out.append(byte)
            default: out += [UInt8(ascii: "%"), upperDigits[Int(byte >> 4)], upperDigits[Int(byte & 15)]]
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    private static let upperDigits = Array("0123456789ABCDEF".utf8)

    /// Without white space at both ends, and one space for several in between.
    private static func trimmed(_ value: String) -> String {
        value.split(omittingEmptySubsequences: true) { $0 == " " || $0 == "\t" }.joined(separator: " ")
    }

    /// `20150830T123600Z`.
    static func stamp(_ time: Timestamp) -> String {
        String(time.description.prefix(19)).filter { $0 != "-" && $0 != ":" } + "Z"
    }

    static func hex(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}

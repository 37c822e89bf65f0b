package import AsyncHTTPClient
import Crypto
import Foundation
package import GatehouseCore
import NIOCore
import NIOHTTP1

/// The calls to one bucket that a mirror needs. Fails with `unreachable`, `unavailable` (its fault, worth trying again),
/// `forbidden` (credentials or rights), `notFound` (no bucket) and `conflict`. No message holds a secret.
package struct S3Bucket: Sendable {
    static let callSecondsMax: Int64 = 60
    /// A bundle of 256 of the longest entries, and a page of a listing.
    static let answerBytesMax = 20 * 1024 * 1024

    let location: S3Location
    private let signature: SignatureV4
    private let http: HTTPClient
    private let now: @Sendable () -> Timestamp

    package init(
        _ location: S3Location, credentials: AWSCredentials, http: HTTPClient, now: @escaping @Sendable () -> Timestamp
    ) {
        self.location = location
        signature = SignatureV4(credentials: credentials, region: location.region)
        self.http = http
        self.now = now
    }

    struct Answer {
        let status: UInt
        let headers: HTTPHeaders
        let body: [UInt8]

        func header(_ name: String) -> String? { headers.first(name: name) }
    }

    /// What is at a key.
    enum Found {
        case object(bytes: [UInt8], Lock)
        case deleted
        case nothing
    }

    /// How one version of an object is kept.
    struct Lock: Hashable {
        let version: String?
        let mode: String?
        let until: Timestamp?
    }

    /// Whether the bucket was made for locked objects; it cannot be changed into one by accident.
    func hasObjectLock() async throws -> Bool {
        let answer = try await send("GET", key: nil, query: [("object-lock", "")])
        guard answer.status == 200 else {
            if S3Listing.value(of: "Code", in: answer.body) == "ObjectLockConfigurationNotFoundError" { return false }
            throw failure(answer, "whether objects are locked")
        }
        return S3Listing.value(of: "ObjectLockEnabled", in: answer.body) == "Enabled"
    }

    func object(_ key: String, version: String? = nil) async throws -> Found {
        let answer = try await send("GET", key: key, query: version.map { [("versionId", $0)] } ?? [])
        switch answer.status {
        case 200:
            let lock = Lock(
                version: answer.header("x-amz-version-id"), mode: answer.header("x-amz-object-lock-mode"),
                until: answer.header("x-amz-object-lock-retain-until-date").flatMap(Self.time))
            return .object(bytes: answer.body, lock)
        case 404 where answer.header("x-amz-delete-marker") == "true": return .deleted
        case 404 where S3Listing.value(of: "Code", in: answer.body) == "NoSuchBucket": throw failure(answer, key)
        case 404: return .nothing
        default: throw failure(answer, key)
        }
    }

    /// Puts an object under lock and answers its version. Nil: `isNew` was asked for and something is there.
    func put(_ key: String, _ bytes: [UInt8], isNew: Bool) async throws -> String? {
        // Whole seconds, as AWS keeps them; rounded up.
        let until = Timestamp(
            milliseconds: (now().adding(location.retention).milliseconds / 1000 + 1) * 1000)
        var headers = [
            ("content-type", "application/octet-stream"), ("x-amz-object-lock-mode", "COMPLIANCE"),
            ("x-amz-object-lock-retain-until-date", "\(until.description.prefix(19))Z"),
            ("x-amz-sdk-checksum-algorithm", "SHA256"),
            ("x-amz-checksum-sha256", Data(SHA256.hash(data: bytes)).base64EncodedString()),
        ]
        if isNew { headers.append(("if-none-match", "*")) }
        let answer = try await send("PUT", key: key, headers: headers, body: bytes)
        // 409: somebody else is about to put it.
        if isNew, [409, 412].contains(answer.status) { return nil }
        guard answer.status == 200 else { throw failure(answer, key) }
        guard let version = answer.header("x-amz-version-id"), !version.isEmpty, version != "null" else {
            throw GatehouseError(
                .conflict, "\(location.description) keeps no versions: what is put there can be replaced.",
                hint: "Make a bucket with object lock, which includes versions.")
        }
        guard case .object(let there, let lock) = try await object(key, version: version), there == bytes,
            lock.mode == "COMPLIANCE", let lockedUntil = lock.until, lockedUntil >= until
        else {
            throw GatehouseError(
                .conflict, "\(location.description) took '\(key)' but does not keep it under the lock that was asked for.",
                hint: "The bucket needs object lock in compliance mode, and the credentials s3:PutObjectRetention.")
        }
        return version
    }

    /// A page of the versions of keys that begin so, the newest of a key first.
    func versions(below start: String, after marker: S3Listing.Marker? = nil, max: Int = 1000) async throws -> S3Listing {
        var query = [("versions", ""), ("prefix", location.prefix + start), ("max-keys", "\(max)")]
        if let marker { query += [("key-marker", marker.key), ("version-id-marker", marker.version)] }
        let answer = try await send("GET", key: nil, query: query)
        guard answer.status == 200 else { throw failure(answer, "the versions") }
        return try S3Listing(parsing: answer.body)
    }

    private func send(
        _ method: String, key: String?, query: [(String, String)] = [], headers: [(String, String)] = [], body: [UInt8] = []
    ) async throws -> Answer {
        let base = location.base
        let path = key.map { "\(base.path)/\(SignatureV4.encoded(location.prefix + $0, keepingSlashes: true))" } ?? base.path
        let signed = signature.signed(
            S3Request(
                method, host: base.host, path: path.isEmpty ? "/" : path, query: query.map { (name: $0.0, value: $0.1) },
                headers: headers.map { (name: $0.0, value: $0.1) }, body: body),
            at: now())
        let suffix = query.isEmpty ? "" : "?" + SignatureV4.canonicalQuery(signed.query)
        var request = HTTPClientRequest(url: base.origin + signed.path + suffix)
        request.method = HTTPMethod(rawValue: method)
        for header in signed.headers { request.headers.add(name: header.name, value: header.value) }
        if method == "PUT" { request.body = .bytes(ByteBuffer(bytes: body)) }
        do {
            let response = try await http.execute(request, timeout: .seconds(Self.callSecondsMax))
            let bytes = try await response.body.collect(upTo: Self.answerBytesMax)
            return Answer(status: response.status.code, headers: response.headers, body: Array(bytes.readableBytesView))
        } catch let error as CancellationError {
            throw error
        } catch {
            throw GatehouseError(
                .unreachable, "\(location.description) cannot be reached at \(base.origin).",
                hint: "Is the address right, and the network up?", cause: error)
        }
    }

    /// Only S3's word for the failure: its message can repeat parts of the request.
    private func failure(_ answer: Answer, _ what: String) -> GatehouseError {
        let code = S3Listing.value(of: "Code", in: answer.body) ?? "HTTP \(answer.status)"
        let said = "\(location.description) answers \(code) for '\(what)'."
        switch answer.status {
        case 401, 403:
            return GatehouseError(
                .forbidden, said, hint: "Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, the region and the clock.")
        case 404: return GatehouseError(.notFound, said, hint: "Is the bucket's name right?")
        case 429, 500...: return GatehouseError(.unavailable, said)
        default: return GatehouseError(.conflict, said)
        }
    }

    /// `2031-01-01T00:00:00Z`, with any number of decimals.
    private static func time(_ text: String) -> Timestamp? {
        try? Timestamp(parsing: String(text.prefix(19)) + "Z")
    }
}

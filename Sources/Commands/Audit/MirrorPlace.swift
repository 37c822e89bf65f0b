import AsyncHTTPClient
import AuditLog
import Foundation
import GatehouseCore
import MirrorS3
import NIOCore
import StoragePostgres

/// Where a copy of the audit log is kept, as it is written on the command line: a folder, `postgres://…` or `s3://…`.
enum MirrorPlace {
    private static let credentialsBytesMax = 64 * 1024

    /// Fails with `invalidArgument`, and with `unauthenticated` when an S3 mirror has no credentials.
    static func mirror(_ text: String) throws -> any AuditMirror {
        if text.hasPrefix("postgres://") || text.hasPrefix("postgresql://") {
            return PostgresMirror(PostgresSession(try PostgresAddress(parsing: text)))
        }
        if text.hasPrefix("s3://") {
            let environment = ProcessRoots.environment
            let location = try S3Location(
                parsing: text, regionDefault: environment["AWS_REGION"] ?? environment["AWS_DEFAULT_REGION"])
            let credentials = try AWSCredentials.find(in: environment) { path in
                guard let data = FileManager.default.contents(atPath: path), data.count <= credentialsBytesMax else { return nil }
                return String(decoding: data, as: UTF8.self)
            }
            return TileMirror(S3Shelf(S3Bucket(location, credentials: credentials, http: .mirror, now: ProcessRoots.now)))
        }
        guard !text.isEmpty, !text.contains("://") else {
            throw GatehouseError(
                .invalidArgument, "'\(text.prefix { $0 != ":" })' is no kind of mirror.",
                hint: "A mirror is a folder, postgres://role@host/database or s3://bucket/prefix?retain=3650d.")
        }
        return TileMirror(DirectoryShelf(directory: URL(fileURLWithPath: text).standardizedFileURL.path))
    }
}

extension HTTPClient {
    /// The connections to buckets and witnesses, open until the process ends. No redirects: what is signed is signed for one
    /// host.
    static let mirror: HTTPClient = {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow, timeout: .init(connect: .seconds(10), read: .seconds(60)))
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()
}

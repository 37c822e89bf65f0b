import ArgumentParser
import AsyncHTTPClient
import Deployments
import GatehouseCore
import Registry
import WireAPI

/// How it is checked that what was pinned works.
struct DeployCheckOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Asked until it answers 200.", valueName: "url")) var health: String?
    @Option(help: ArgumentHelp("Text its answer must hold: {version}.", valueName: "text")) var healthContains: String?
    @Option(help: ArgumentHelp("Requests with their answers, or artifact:PATH.", valueName: "file")) var golden: String?
    @Option(help: ArgumentHelp("Where golden requests are sent.", valueName: "url")) var endpoint: String?
    @Option(help: ArgumentHelp("Header of checks, repeatable.", valueName: "name:value")) var header: [String] = []
    @Option(help: ArgumentHelp("How long health may take.", valueName: "duration")) var deadline = "5m"

    mutating func validate() throws {
        guard (golden == nil) == (endpoint == nil) else { throw ValidationError("--golden FILE and --endpoint URL go together.") }
        guard healthContains == nil || health != nil else { throw ValidationError("--health-contains belongs to --health.") }
        guard let limit = Duration(text: deadline), limit >= .seconds(1), limit <= .seconds(86_400) else {
            throw ValidationError("--deadline is 1s to 24h, such as 90s or 10m, not '\(deadline)'.")
        }
        _ = try headers()
    }

    var limit: Duration { Duration(text: deadline) ?? .seconds(300) }

    private func headers() throws -> [(name: String, value: String)] {
        try header.map { text in
            let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let isToken = parts[0].utf8.allSatisfy { (33...126).contains($0) }
            let isLine = text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
            guard parts.count == 2, !parts[0].isEmpty, isToken, isLine else {
                throw ValidationError("'\(parts[0])' is no header: write NAME:VALUE.")
            }
            return (parts[0], String(parts[1].drop { $0 == " " }))
        }
    }

    /// A secret stands in the environment, where other users of the machine cannot read it.
    private func allHeaders() throws -> [(name: String, value: String)] {
        let token = ProcessRoots.environment["GATEHOUSE_ENDPOINT_TOKEN"].map { [("Authorization", "Bearer \($0)")] } ?? []
        return try headers() + token
    }

    func healthCheck(_ version: PinnedVersion) throws -> HealthCheck? {
        guard let health else { return nil }
        let exchange = try WebExchange(health, headers: allHeaders(), limit: .seconds(10), client: .gatehouse)
        return HealthCheck(
            exchange, expectedText: try healthContains.map { (text) throws(GatehouseError) in try version.fill(text) })
    }

    /// Read before anything is touched. Fails with `invalidArgument` and `notFound`.
    func suite(_ version: VersionAnswer, artifact: Digest?, _ server: GatehouseClient) async throws -> GoldenSuite? {
        guard let golden, let endpoint else { return nil }
        let exchange = try WebExchange(endpoint, headers: allHeaders(), client: .gatehouse)
        let bytes: [UInt8]
        if let path = golden.droppingPrefix("artifact:") {
            bytes = try await file(path, of: version, server)
        } else {
            bytes = Array(try FileTarget.text(of: golden, bytesMax: GoldenRequest.fileBytesMax).utf8)
        }
        let requests = try GoldenRequest.read(bytes, file: golden)
        return GoldenSuite(requests, digest: .sha256(of: bytes), artifact: artifact, exchange: exchange)
    }

    /// Fails with `integrity` where the bytes are not those that were sealed.
    private func file(_ path: String, of version: VersionAnswer, _ server: GatehouseClient) async throws -> [UInt8] {
        guard let entry = version.files.first(where: { $0.path == path }) else {
            throw GatehouseError(
                .notFound, "\(version.modelName) v\(version.version) has no file '\(path)'.",
                hint: "It has: \(version.files.prefix(20).map(\.path).joined(separator: ", "))")
        }
        let bytes = try await server.file(path, of: version.modelName, version: version.version)
        guard Digest.sha256(of: bytes).description == entry.digest else {
            throw GatehouseError(.integrity, "'\(path)' is not the file that was sealed with v\(version.version).")
        }
        return bytes
    }
}

extension String {
    fileprivate func droppingPrefix(_ prefix: String) -> String? { hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil }
}

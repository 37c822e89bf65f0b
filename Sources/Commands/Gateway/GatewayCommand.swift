import ArgumentParser
import AsyncHTTPClient
import Attestations
import Foundation
import GatehouseCore
import Gateway
import Logging
import NIOCore
import Secrets
import Serving
import WireAPI

struct GatewayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gateway",
        abstract: "Answer requests with the registry's versions.",
        discussion: """
            gatehouse gateway --registry http://registry:5000 --token-file token --data-dir /srv/gateway
            gatehouse gateway --routes routes.json

            Scoring is at /endpoints/NAME/invocations. With the registry away it serves on from the last table it had.
            SIGTERM drains and ends. docs/serving.md has more.
            """)

    @Option(help: ArgumentHelp("Where to listen; port 0 is any.", valueName: "host:port")) var listen = "127.0.0.1:8090"
    @Option(help: ArgumentHelp("The registry that says what is served.", valueName: "url")) var registry: String?
    @Option(help: ArgumentHelp("Token with the role gateway [GATEHOUSE_TOKEN].", valueName: "file")) var tokenFile: String?
    @Option(
        help: ArgumentHelp(
            "Public key that route tables are signed with; else the registry is asked at the first start.", valueName: "file"))
    var registryKey: String?
    @Option(help: ArgumentHelp("Certificate chain, PEM: serve HTTPS and HTTP/2.", valueName: "file")) var tlsCertificate: String?
    @Option(help: ArgumentHelp("The certificate's private key, PEM.", valueName: "file")) var tlsKey: String?
    @Option(
        help: ArgumentHelp(
            "Authorities that model servers under https:// are trusted by, PEM; else the system's.", valueName: "file"))
    var upstreamCa: String?
    @Option(help: ArgumentHelp("Serve this table, without a registry.", valueName: "file")) var routes: String?
    @Option(
        name: [.customLong("data-dir"), .customLong("data")],
        help: ArgumentHelp("Where tables, records and models are kept.", valueName: "dir"))
    var dataDir = "gatehouse-gateway"
    @Option(help: "Event loops; as many as there are cores.") var loops: Int?
    @Option(help: ArgumentHelp("Append sampled requests there, one JSON line each.", valueName: "file")) var accessLog: String?

    static let loopsMax = 256

    func validate() throws {
        guard (registry == nil) != (routes == nil) else { throw ValidationError("Name either --registry or --routes.") }
        guard routes == nil || (registryKey == nil && tokenFile == nil) else {
            throw ValidationError("A table of your own (--routes) has no registry, and so neither its key nor a token.")
        }
        guard (tlsCertificate == nil) == (tlsKey == nil) else {
            throw ValidationError("HTTPS needs both --tls-certificate and --tls-key.")
        }
        guard (1...Self.loopsMax).contains(loops ?? 1) else {
            throw ValidationError("A gateway has 1 to \(Self.loopsMax) event loops.")
        }
        guard Self.place(listen) != nil else { throw ValidationError("Write --listen as 127.0.0.1:8090 or [::1]:8090.") }
    }

    func run() async throws {
        let terminal = Terminal.process()
        var server = GatewayServer.Settings()
        if let place = Self.place(listen) { (server.host, server.port) = place }
        server.loops = loops ?? min(Self.loopsMax, System.coreCount)
        let logger = Self.logger()
        var certificate: ServedCertificate?
        if let tlsCertificate, let tlsKey {
            let served = try await ServedCertificate(TLSFiles(certificate: tlsCertificate, key: tlsKey), logger: logger)
            server.tls = try served.context(protocols: ["h2", "http/1.1"])
            certificate = served
        }
        let settings = GatewaySettings(
            version: GatehouseCommand.version, server: server, certificate: certificate, dataDirectory: dataDir,
            origin: try origin(), trust: try trust(), accessLog: try accessLog.map { try Self.appending($0) })
        let directory = dataDir
        try await GatewayRole(settings: settings, logger: logger).run { ready in
            terminal.out("gatehouse gateway \(ready.id) answers at \(ready.url)   data in \(directory)")
        }
    }

    private func trust() throws -> UpstreamTrust {
        guard let upstreamCa else { return .system }
        return try UpstreamTrust(authorities: TLSFiles.bytes(upstreamCa), named: upstreamCa)
    }

    private func origin() throws -> GatewaySettings.Origin {
        if let routes { return .file(try RouteTable(file: routes)) }
        let server = registry ?? ""
        let token = try tokenFile.map { path in
            guard let text = try PrivateFile(path).read() else {
                throw GatehouseError(
                    .notFound, "There is no token file '\(path)'.",
                    hint: "Make a token: gatehouse token create NAME --grant gateway")
            }
            return text.trimmingCharacters(in: .whitespacesAndNewlines)
        }
        let spoken = token ?? ProcessRoots.environment["GATEHOUSE_TOKEN"]
        let key = try registryKey.map { path in
            guard let text = try PrivateFile(path).read() else {
                throw GatehouseError(.notFound, "There is no key '\(path)'.", hint: "Get it: gatehouse attestation key")
            }
            return try VerificationKey(pem: text)
        }
        return try .registry(at: server, token: spoken, http: .gatehouse, key: key)
    }

    /// `127.0.0.1:8090` or `[::1]:8090`.
    static func place(_ text: String) -> (host: String, port: Int)? {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]), (0...65_535).contains(port)
        else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        return host.isEmpty ? nil : (String(host), port)
    }

    /// Whole lines, one after another, on the thread that records.
    private static func appending(_ path: String) throws -> @Sendable ([UInt8]) -> Void {
        if !FileManager.default.fileExists(atPath: path) {
            _ = FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
        }
        guard let file = FileHandle(forWritingAtPath: path) else {
            throw GatehouseError(
                .unavailable, "The access log '\(path)' cannot be written.", hint: "Is the folder somebody else's?")
        }
        try file.seekToEnd()
        return { lines in try? file.write(contentsOf: Data(lines)) }
    }

    static func logger() -> Logger {
        var logger = ServeCommand.logger()
        logger.logLevel = .notice
        return logger
    }
}

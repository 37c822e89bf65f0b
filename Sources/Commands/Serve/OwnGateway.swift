import Access
import ArgumentParser
import AsyncHTTPClient
import GatehouseCore
import Gateway
import Logging
import NIOCore
import NIOSSL
import Secrets
import ServiceLifecycle
import WireAPI

/// The gateway of `serve --gateway`: in the registry's process, and to the registry a gateway like any other. It asks the
/// registry's own port with a token of its own, so that nothing is true of it that is not true of one elsewhere.
struct OwnGateway: Service {
    let place: (host: String, port: Int)
    let settings: ServerSettings
    let accounts: AccountService
    /// The registry's port, once it answers.
    let ports: AsyncStream<Int>
    let logger: Logger
    let onReady: @Sendable (GatewayRole.Ready) -> Void

    func run() async throws {
        for await port in ports.prefix(1).cancelOnGracefulShutdown() {
            try await serve(registryPort: port)
            return
        }
    }

    private func serve(registryPort: Int) async throws {
        let address = settings.ownURL(port: registryPort)
        let http = settings.tls == nil ? HTTPClient.gatehouse : .ownHTTPS
        let token = try await token()
        var server = GatewayServer.Settings()
        (server.host, server.port) = place
        server.loops = min(GatewayCommand.loopsMax, System.coreCount)
        let gateway = GatewaySettings(
            version: GatehouseCommand.version, server: server, dataDirectory: folder,
            origin: try .registry(at: address, token: token, http: http), trust: .system)
        try await GatewayRole(settings: gateway, logger: logger, signals: []).run(onReady: onReady)
    }

    private var folder: String { "\(settings.dataDirectory)/gateway" }

    /// Made at the first start and kept beside what the gateway keeps; nil where nobody needs one.
    private func token() async throws -> String? {
        guard settings.hasAuthentication else { return nil }
        let file = PrivateFile("\(settings.dataDirectory)/gateway.token")
        if let kept = try file.read().map({ String($0.prefix { !$0.isNewline }) }), !kept.isEmpty { return kept }
        let made = try await accounts.createToken(
            "own-gateway-\(ProcessRoots.ids())", grants: [Grant(.gateway)], expires: nil, by: .system("server"))
        try file.write(made.secret + "\n")
        return made.secret
    }
}

extension ServerSettings {
    /// How the server reaches itself: on the address it listens on, or over the loopback where that is all of them.
    fileprivate func ownURL(port: Int) -> String {
        var own = self
        switch host {
        case "0.0.0.0", "": own.host = "127.0.0.1"
        case "::", "[::]": own.host = "::1"
        default: break
        }
        return own.url(port: port)
    }
}

extension HTTPClient {
    /// To this process's own port. What the certificate says is not looked at: its names are those that others use, and
    /// nobody stands between a process and its own port.
    fileprivate static let ownHTTPS: HTTPClient = {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.certificateVerification = .none
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls, redirectConfiguration: .disallow,
            timeout: .init(connect: .seconds(GatehouseClient.connectSecondsMax)))
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()
}

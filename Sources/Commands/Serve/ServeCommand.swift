import ArgumentParser
import Events
import Foundation
import GatehouseCore
import Gates
import Logging
import Promotions

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run the registry on SQLite and a local folder.",
        discussion: """
            gatehouse serve --data-dir /srv/gatehouse --port 5000

            The first start prints an admin token once; sign in with it in a browser.
            SIGTERM drains and ends. Mirrors, witnesses, Slack: --help-hidden.
            """)

    @Option(help: "Address to listen on.") var host = "127.0.0.1"
    @Option(help: "Port to listen on, or 0 for any.") var port = 5000
    @Option(help: ArgumentHelp("Where everything is kept.", valueName: "dir")) var dataDir = "gatehouse-data"
    @Option(
        help: ArgumentHelp(
            "What a model without a policy lives under: enforce, warn, off, or a policy file.", valueName: "policy"))
    var defaultPolicy = "enforce"
    @Option(help: ArgumentHelp("Folder of the programs that custom checks may run.", valueName: "dir"))
    var checksDir: String?
    @OptionGroup(title: "Sign-in and HTTPS") var signIn: SignInOptions
    @Option(
        help: ArgumentHelp(
            "Key of secrets [GATEHOUSE_SERVER_KEY, server.key].", valueName: "file"))
    var serverKeyFile: String?
    @Option(
        help: ArgumentHelp("Network that webhooks may reach though not public.", valueName: "cidr"))
    var webhookAllow: [String] = []
    @Flag(help: "Let webhooks reach every network that is not public.") var webhookAllowPrivate = false
    @Option(help: ArgumentHelp("Answer requests there too, as a gateway.", valueName: "host:port")) var gateway: String?
    @OptionGroup var audit: AuditOptions
    @OptionGroup(title: "Mirrors and witnesses", visibility: .hidden) var mirrors: MirrorOptions
    @OptionGroup(title: "Slack", visibility: .hidden) var slack: SlackOptions
    @Flag(help: "Let anybody do anything; for trying things out.") var insecureNoAuth = false

    func validate() throws {
        guard (0...65_535).contains(port) else { throw ValidationError("A port is a number from 0 to 65535.") }
        guard gateway.map({ GatewayCommand.place($0) != nil }) ?? true else {
            throw ValidationError("Write --gateway as 127.0.0.1:8090 or [::1]:8090.")
        }
    }

    func run() async throws {
        let terminal = Terminal.process()
        var settings = ServerSettings()
        settings.host = host
        settings.port = port
        settings.dataDirectory = dataDir
        settings.checksDirectory = try checksDir.map { try DataDirectory.existing($0) }
        settings.hasAuthentication = !insecureNoAuth
        settings.defaultPolicy = try Self.policy(defaultPolicy)
        settings.checkSecret = try ProcessRoots.checkSecret()
        try signIn.apply(to: &settings)
        settings.serverKey = try ServerKeyFile.given(serverKeyFile)
        settings.webhookAddresses = AddressRules(
            networks: try webhookAllow.map { try Network(parsing: $0) }, allowsPrivate: webhookAllowPrivate)
        try audit.apply(to: &settings)
        settings.mirrors = try mirrors.settings()
        settings.slack = try slack.connection()
        settings.gateway = gateway.flatMap { GatewayCommand.place($0) }
        let isOpen = insecureNoAuth
        let directory = dataDir
        let onGateway: @Sendable (GatewayRole.Ready) -> Void = { ready in
            terminal.out("gatehouse gateway \(ready.id) answers at \(ready.url)")
        }
        try await ServerRole(settings: settings, logger: Self.logger()).run(onGateway: onGateway) { ready in
            terminal.out("gatehouse serves \(ready.url)   data in \(directory)")
            if let token = ready.adminToken {
                terminal.out("admin token: \(token)")
                terminal.out("             shown this once; keep it: sign in with it, or set GATEHOUSE_TOKEN to it")
            }
            if isOpen { terminal.note("warning: --insecure-no-auth lets anybody who reaches \(ready.url) do anything") }
        }
    }

    /// To standard error, so that standard output stays the server's own announcements.
    static func logger() -> Logger {
        var logger = Logger(label: "gatehouse", factory: { StreamLogHandler.standardError(label: $0) })
        logger.logLevel = .warning
        return logger
    }

    private static func policy(_ text: String) throws -> PolicyBook.Default {
        if let enforcement = PolicyEnforcement(rawValue: text) { return .shipped(enforcement) }
        return .policy(try PolicyFile.read(text))
    }
}

import GatehouseCore
import NIOPosix

/// Which machines webhooks may reach. By default only public ones over `https`: a server inside a network must not be made
/// to knock at its neighbours' doors, nor at a cloud's metadata service.
package struct AddressRules: Sendable {
    private let networks: [Network]
    private let allowsPrivate: Bool

    /// `networks` may be reached though they are not public; `allowsPrivate` opens all of them.
    package init(networks: [Network] = [], allowsPrivate: Bool = false) {
        self.networks = networks
        self.allowsPrivate = allowsPrivate
    }

    /// Plain `http` is for machines that are not public and that the operator has opened.
    func allows(_ address: IPAddress, isSecure: Bool) -> Bool {
        let isOpened = !address.isPublic && (allowsPrivate || networks.contains { $0.contains(address) })
        return isOpened || (isSecure && address.isPublic)
    }

    /// What can be said of a URL before anything is sent. Names are looked up unless all private addresses are allowed
    /// anyway; what they resolve to later is checked again then. Fails with `invalidArgument`.
    package func check(_ url: WebhookURL, _ names: NameService) async throws {
        guard url.isSecure || allowsPrivate || !networks.isEmpty else { throw url.insecure }
        guard url.address != nil || !allowsPrivate else { return }
        do { _ = try await addresses(of: url, names) } catch let failure as ResolutionFailure {
            // Not `unreachable`: that is a 502, and MLflow's clients would ask again for minutes.
            throw GatehouseError(.invalidArgument, "Cannot resolve Webhook URL hostname '\(url.host)': \(failure.words)")
        }
    }

    /// Where a request to `url` may connect. Fails with `invalidArgument` when any of the name's addresses is not allowed: a name
    /// that is half public is how rules like these are walked around. Fails with `ResolutionFailure` when there is none.
    func addresses(of url: WebhookURL, _ names: NameService) async throws -> [IPAddress] {
        let found = if let address = url.address { [address] } else { try await names.addresses(of: url.host) }
        if let refused = found.first(where: { !allows($0, isSecure: url.isSecure) }) {
            let isPlain = !url.isSecure && refused.isPublic
            throw GatehouseError(
                .invalidArgument,
                isPlain
                    ? "Webhook URL must use \(url.secureScheme): '\(url.host)' resolves to the public address \(refused)."
                    : "Webhook URL must not resolve to a non-public IP address. '\(url.host)' resolves to \(refused).",
                hint: isPlain ? nil : "Whoever runs the server can allow it: gatehouse serve --webhook-allow \(refused)")
        }
        return found
    }
}

/// Looks names up. A value, so that a test can answer for the network.
package struct NameService: Sendable {
    private let lookUp: @Sendable (String) async throws -> [IPAddress]

    package init(_ lookUp: @escaping @Sendable (String) async throws -> [IPAddress]) { self.lookUp = lookUp }

    /// The machine's own, on threads that may block.
    package static let system = NameService { host in
        try await threads.runIfActive { try IPAddress.resolved(host) }
    }

    /// Of its own: the pool that others read files on must not wait for a name server. It ends with the process.
    private static let threads: NIOThreadPool = {
        let pool = NIOThreadPool(numberOfThreads: threadCount)
        pool.start()
        return pool
    }()
    private static let threadCount = 4

    /// At least one. Fails with `ResolutionFailure`.
    func addresses(of host: String) async throws -> [IPAddress] {
        let found = try await lookUp(host)
        guard !found.isEmpty else { throw ResolutionFailure(words: "it has no address") }
        return found
    }
}

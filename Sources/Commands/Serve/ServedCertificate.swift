import GatehouseCore
import Logging
import NIOCore
import NIOSSL
import ServiceLifecycle
import Synchronization
import UnixSignals

/// The certificate that a server shows, read again at SIGHUP: they are renewed more often than servers are restarted. A class,
/// because the server's TLS configuration and the one who renews it hold the same one.
final class ServedCertificate: Service {
    private let files: TLSFiles
    /// As the files were at the start.
    private let first: TLSConfiguration
    private let current: Mutex<NIOSSLContextConfigurationOverride>
    private let hangups: UnixSignalsSequence
    private let logger: Logger

    /// From here on SIGHUP is waited for: one that came before the server listens is neither lost nor the end of the process.
    /// Fails as `TLSFiles.configuration` does.
    init(_ files: TLSFiles, logger: Logger) async throws(GatehouseError) {
        self.files = files
        self.logger = logger
        first = try files.configuration()
        current = Mutex(NIOSSLContextConfigurationOverride(first))
        hangups = await UnixSignalsSequence(trapping: .sighup)
    }

    /// TLS 1.2 and newer, each handshake with the certificate of its time.
    func configuration() -> TLSConfiguration {
        var configuration = first
        configuration.sslContextCallback = { [self] _, promise in promise.succeed(current.withLock { $0 }) }
        return configuration
    }

    /// The same for a server that offers `protocols` in the handshake.
    func context(protocols: [String]) throws -> NIOSSLContext {
        var configuration = configuration()
        configuration.applicationProtocols = protocols
        return try NIOSSLContext(configuration: configuration)
    }

    /// Runs until the server stops.
    func run() async throws {
        for await _ in hangups.cancelOnGracefulShutdown() { reload() }
    }

    /// Files that cannot be used change nothing.
    private func reload() {
        do {
            let renewed = NIOSSLContextConfigurationOverride(try files.configuration())
            current.withLock { $0 = renewed }
            logger.notice("certificate read again", metadata: ["file": "\(files.certificate)"])
        } catch {
            logger.error(
                "the certificate stays the one before", metadata: ["problem": "\(error.message)", "hint": "\(error.hint ?? "")"])
        }
    }
}

extension NIOSSLContextConfigurationOverride {
    fileprivate init(_ configuration: TLSConfiguration) {
        self.init()
        certificateChain = configuration.certificateChain
        privateKey = configuration.privateKey
    }
}

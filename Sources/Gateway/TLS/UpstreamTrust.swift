package import GatehouseCore
import NIOSSL

/// Whose certificates model servers under `https://` may show: those of the system's authorities, or of the operator's own.
package struct UpstreamTrust: Sendable {
    /// What the operating system trusts.
    package static let system = UpstreamTrust(roots: .default)

    private let roots: NIOSSLTrustRoots

    private init(roots: NIOSSLTrustRoots) { self.roots = roots }

    /// These authorities and no others, PEM, one after another. Fails with `invalidArgument` for a file without a certificate.
    package init(authorities pem: [UInt8], named name: String) throws(GatehouseError) {
        let authorities: [NIOSSLCertificate]
        do { authorities = try NIOSSLCertificate.fromPEMBytes(pem) } catch {
            throw GatehouseError(
                .invalidArgument, "'\(name)' holds no certificate.", hint: "It is PEM: one block for each authority.",
                cause: error)
        }
        guard authorities.isEmpty == false else {
            throw GatehouseError(
                .invalidArgument, "'\(name)' holds no certificate.", hint: "It is PEM: one block for each authority.")
        }
        roots = .certificates(authorities)
    }

    /// TLS 1.2 and newer, chain and name verified; servers of gRPC have to choose HTTP/2 in the handshake. Fails with `unavailable` when the system's authorities cannot be read.
    func context(for dialect: UpstreamDialect) throws(GatehouseError) -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = roots
        configuration.minimumTLSVersion = .tlsv12
        configuration.certificateVerification = .fullVerification
        if dialect == .calls { configuration.applicationProtocols = [UpstreamHandshake.http2] }
        do { return try NIOSSLContext(configuration: configuration) } catch {
            throw GatehouseError(
                .unavailable, "The certificates of this system's authorities cannot be read.",
                hint: "Install them, or name a file with --upstream-ca.", cause: error)
        }
    }
}

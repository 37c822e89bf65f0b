import Foundation
import GatehouseCore
import NIOSSL

/// The certificate chain and the key that belongs to it, PEM.
struct TLSFiles: Sendable {
    let certificate: String
    let key: String

    /// TLS 1.2 and newer. Fails with `invalidArgument` saying which file is wrong, or that the two are no pair.
    func configuration() throws(GatehouseError) -> TLSConfiguration {
        let chain: [NIOSSLCertificate]
        do { chain = try NIOSSLCertificate.fromPEMBytes(Self.bytes(certificate)) } catch {
            throw Self.unusable(certificate, "holds no certificate", error)
        }
        guard !chain.isEmpty else { throw Self.unusable(certificate, "holds no certificate", nil) }
        let secret: NIOSSLPrivateKey
        do { secret = try NIOSSLPrivateKey(bytes: Self.bytes(key), format: .pem) } catch {
            throw Self.unusable(key, "holds no private key, or one behind a passphrase", error)
        }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(secret))
        configuration.minimumTLSVersion = .tlsv12
        do { _ = try NIOSSLContext(configuration: configuration) } catch {
            throw GatehouseError(
                .invalidArgument, "The key in '\(key)' does not belong to the certificate in '\(certificate)'.",
                hint: "The server's own certificate comes first in its file, the ones that signed it after it.", cause: error)
        }
        return configuration
    }

    static func bytes(_ path: String) throws(GatehouseError) -> [UInt8] {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw GatehouseError(.notFound, "There is no readable file '\(path)'.", hint: "Check the path and who may read it.")
        }
        return Array(data)
    }

    private static func unusable(_ path: String, _ why: String, _ error: (any Error)?) -> GatehouseError {
        (error as? GatehouseError)
            ?? GatehouseError(
                .invalidArgument, "'\(path)' \(why).", hint: "Both files are PEM, as certificate tools write them.", cause: error)
    }
}

import Crypto
import Foundation
import NIOSSL

/// A certificate that signs itself, made where it is needed: X.509 of RFC 5280 in the few lines that one name and one key take.
struct TestCertificate {
    let pem: String
    private let key: P256.Signing.PrivateKey

    /// `names` are host names, or addresses in dotted form.
    init(_ names: [String]) throws {
        key = P256.Signing.PrivateKey()
        let algorithm = DER.sequence([DER.oid([0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02])])
        let issuer = DER.sequence([
            DER.tagged(0x31, DER.sequence([DER.oid([0x55, 0x04, 0x03]), DER.tagged(0x0C, Array("gatehouse test".utf8))]))
        ])
        let alternatives = names.map { name in
            let parts = name.split(separator: ".").compactMap { UInt8($0) }
            return parts.count == 4 ? DER.tagged(0x87, parts) : DER.tagged(0x82, Array(name.utf8))
        }
        let extensions = DER.sequence([
            DER.sequence([DER.oid([0x55, 0x1D, 0x11]), DER.tagged(0x04, DER.sequence(alternatives))])
        ])
        let body = DER.sequence([
            DER.tagged(0xA0, DER.tagged(0x02, [2])), DER.tagged(0x02, [1]), algorithm, issuer,
            DER.sequence([DER.tagged(0x17, Array("200101000000Z".utf8)), DER.tagged(0x17, Array("491231235959Z".utf8))]), issuer,
            Array(key.publicKey.derRepresentation), DER.tagged(0xA3, extensions),
        ])
        let signature = try key.signature(for: body).derRepresentation
        let certificate = DER.sequence([body, algorithm, DER.tagged(0x03, [0] + signature)])
        let text = Data(certificate).base64EncodedString(options: .lineLength64Characters)
        pem = "-----BEGIN CERTIFICATE-----\n\(text)\n-----END CERTIFICATE-----\n"
    }

    /// For a server that shows it.
    func server(protocols: [String] = []) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMBytes(Array(pem.utf8)).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(key.pemRepresentation.utf8), format: .pem)))
        configuration.applicationProtocols = protocols
        return try NIOSSLContext(configuration: configuration)
    }

    /// For a client that trusts it and nothing else.
    func client(protocols: [String]) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(pem.utf8)))
        configuration.applicationProtocols = protocols
        return try NIOSSLContext(configuration: configuration)
    }
}

/// The three forms of DER that a certificate needs.
private enum DER {
    static func tagged(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        let count = content.count
        let length: [UInt8] =
            count < 128 ? [UInt8(count)] : count < 256 ? [0x81, UInt8(count)] : [0x82, UInt8(count >> 8), UInt8(count & 255)]
        return [tag] + length + content
    }

    static func sequence(_ parts: [[UInt8]]) -> [UInt8] { tagged(0x30, parts.flatMap { $0 }) }
    static func oid(_ bytes: [UInt8]) -> [UInt8] { tagged(0x06, bytes) }
}

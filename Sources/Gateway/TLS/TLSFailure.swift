import NIOCore
import NIOSSL

/// Why TLS did not come about, as far as this side can tell.
struct TLSFailure: Sendable, Equatable {
    enum Reason: String, Sendable {
        case certificateExpired = "certificate_expired"
        case certificateNotYetValid = "certificate_not_yet_valid"
        /// Its chain does not end at an authority that is trusted here.
        case unknownAuthority = "unknown_authority"
        case wrongName = "wrong_name"
        case protocolVersion = "protocol_version"
        case noSharedCipher = "no_shared_cipher"
        /// What came was something else than TLS.
        case notTLS = "not_tls"
        case noHTTP2 = "no_http2"
        /// The other side said so; the detail is its alert.
        case refusedByPeer = "refused_by_peer"
        case closed
        case noAnswer = "no_answer"
        case other
    }

    static let detailBytesMax = 300

    let reason: Reason
    let detail: String

    init(_ reason: Reason, _ detail: String) {
        self.reason = reason
        self.detail = String(detail.prefix(Self.detailBytesMax))
    }

    /// `certificate` is what the other side showed, if it came to that; `host` is whom it was to be of.
    init(_ error: any Error, certificate: NIOSSLCertificate?, host: String?, atSeconds now: Int64) {
        if let error = error as? NIOSSLExtraError, error == .failedToValidateHostname {
            let names = certificate.map(Self.names) ?? ""
            self.init(.wrongName, "the certificate is of \(names.isEmpty ? "no name" : names), not of \(host ?? "this address")")
            return
        }
        let text = "\(error)"
        if text.contains("EOF during handshake") {
            self.init(.closed, "the connection was closed during the handshake")
            return
        }
        let words = Self.words(text)
        guard words.contains("CERTIFICATE_VERIFY_FAILED") else {
            var detail = words.isEmpty ? "\(type(of: error))" : words.joined(separator: ", ")
            // Their alert comes in clear where ciphertext is expected, so this side cannot read it.
            if words.contains("DECRYPTION_FAILED_OR_BAD_RECORD_MAC") {
                detail += "; some clients of TLS 1.3 that do not trust the certificate end like this"
            }
            self.init(Self.reason(words), detail)
            return
        }
        if let certificate, Int64(certificate.notValidAfter) < now {
            self.init(.certificateExpired, "it ended \((now - Int64(certificate.notValidAfter)) / 60) min ago")
        } else if let certificate, Int64(certificate.notValidBefore) > now {
            self.init(.certificateNotYetValid, "it begins in \((Int64(certificate.notValidBefore) - now) / 60) min")
        } else {
            let names = certificate.map(Self.names) ?? ""
            let whose = names.isEmpty ? "the certificate" : "the certificate of \(names)"
            self.init(.unknownAuthority, "\(whose) does not lead to an authority that is trusted here")
        }
    }

    private static func reason(_ words: [String]) -> Reason {
        for word in words {
            switch word {
            case "UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION": return .protocolVersion
            case "NO_SHARED_CIPHER", "NO_CIPHERS_AVAILABLE": return .noSharedCipher
            case "WRONG_VERSION_NUMBER", "HTTP_REQUEST", "HTTPS_PROXY_REQUEST": return .notTLS
            default: if word.contains("_ALERT_") || word == "TLSV1_CERTIFICATE_REQUIRED" { return .refusedByPeer }
            }
        }
        return .other
    }

    /// The library's own names of what went wrong, such as `CERTIFICATE_VERIFY_FAILED`, without the places in its source.
    private static func words(_ text: String) -> [String] {
        text.split(separator: "OPENSSL_internal:").dropFirst().map { rest in
            String(rest.prefix { $0 == "_" || $0.isASCII && ($0.isUppercase || $0.isNumber) })
        }
    }

    private static func names(_ certificate: NIOSSLCertificate) -> String {
        certificate._subjectAlternativeNames().prefix(5).compactMap { name -> String? in
            let bytes = name.contents.withUnsafeBufferPointer { Array($0) }
            switch name.nameType {
            case .dnsName: return String(decoding: bytes, as: UTF8.self)
            case .ipAddress: return address(bytes)
            default: return nil
            }
        }.joined(separator: ", ")
    }

    private static func address(_ bytes: [UInt8]) -> String? {
        (try? SocketAddress(packedIPAddress: ByteBuffer(bytes: bytes), port: 0))?.ipAddress
    }
}

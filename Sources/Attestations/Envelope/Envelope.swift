package import GatehouseCore

/// A signed document (DSSE 1.0.2): a payload, what it is, and signatures over both.
package struct Envelope: Sendable, Equatable {
    /// Of the whole envelope as JSON.
    package static let envelopeBytesMax = 64 << 20
    package static let signaturesMax = 64

    package struct Signature: Sendable, Equatable {
        /// A hint which key signed; nobody vouches for it, so nothing is decided by it.
        package let keyID: String?
        package let bytes: [UInt8]

        package init(keyID: String?, bytes: [UInt8]) {
            self.keyID = keyID
            self.bytes = bytes
        }
    }

    package let payloadType: String
    /// Exactly the bytes that were signed; they are never written anew.
    package let payload: [UInt8]
    package let signatures: [Signature]

    package init(payloadType: String, payload: [UInt8], signatures: [Signature]) {
        self.payloadType = payloadType
        self.payload = payload
        self.signatures = signatures
    }

    /// Signs a payload with every key, in their order.
    package init(payloadType: String, payload: [UInt8], signedBy keys: [SigningKey]) throws(GatehouseError) {
        let message = Self.preAuthenticationEncoding(payloadType: payloadType, payload: payload)
        var signatures: [Signature] = []
        for key in keys {
            signatures.append(Signature(keyID: key.verificationKey.keyID, bytes: try key.signature(of: message)))
        }
        self.init(payloadType: payloadType, payload: payload, signatures: signatures)
    }

    /// What is signed: `DSSEv1`, then type and payload, each with its length in bytes, parted by single spaces.
    package static func preAuthenticationEncoding(payloadType: String, payload: [UInt8]) -> [UInt8] {
        Array("DSSEv1 \(payloadType.utf8.count) \(payloadType) \(payload.count) ".utf8) + payload
    }

    /// The payload, when at least `threshold` different keys of `keys` signed it. A key that signed twice counts once. Fails
    /// with `integrity` when fewer did, and with `invalidArgument` when the threshold asks for none, or for more than there are.
    package func verified(by keys: Set<VerificationKey>, threshold: Int = 1) throws(GatehouseError) -> VerifiedPayload {
        guard (1...max(1, keys.count)).contains(threshold), !keys.isEmpty else {
            throw GatehouseError(
                .invalidArgument, "\(threshold) signatures cannot be asked of \(keys.count) keys.",
                hint: "Ask for at least one, and for no more than there are keys.")
        }
        let message = Self.preAuthenticationEncoding(payloadType: payloadType, payload: payload)
        let accepted = keys.filter { key in signatures.contains { key.verifies($0.bytes, of: message) } }
        guard accepted.count >= threshold else {
            throw GatehouseError(
                .integrity, "\(accepted.count) of the \(threshold) signatures that are asked for verify.",
                hint: "Was the document changed, or signed with another key?",
                details: signatures.prefix(8).map { "signature of key \($0.keyID ?? "without a name")" })
        }
        return VerifiedPayload(payloadType: payloadType, bytes: payload, keys: accepted)
    }
}

/// A payload whose signatures were verified. Only `Envelope.verified` makes one, so nothing is read before it is verified.
package struct VerifiedPayload: Sendable {
    package let payloadType: String
    package let bytes: [UInt8]
    /// Those that signed it.
    package let keys: Set<VerificationKey>

    fileprivate init(payloadType: String, bytes: [UInt8], keys: Set<VerificationKey>) {
        self.payloadType = payloadType
        self.bytes = bytes
        self.keys = keys
    }
}

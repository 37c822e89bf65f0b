package import GatehouseCore

/// A signature with what verifies it, as one file (Sigstore bundle v0.3), here with a key that the verifier has already.
package struct SigstoreBundle: Sendable, Equatable {
    package static let mediaType = "application/vnd.dev.sigstore.bundle.v0.3+json"

    package let envelope: Envelope
    /// `VerificationKey.keyID` of the key that signed; nil in bundles that do not say.
    package let keyHint: String?

    package init(_ statement: Statement, signedBy key: SigningKey) throws(GatehouseError) {
        envelope = try statement.signed(by: [key])
        keyHint = key.verificationKey.keyID
    }

    package var json: JSONValue {
        .object([
            "mediaType": .string(Self.mediaType),
            "verificationMaterial": .object([
                "publicKey": .object(["hint": .string(keyHint ?? "")]), "tlogEntries": .array([]),
            ]),
            "dsseEnvelope": envelope.json,
        ])
    }

    /// Reads a bundle that was signed with a key. Fails with `invalidArgument` and `tooLarge`; nothing is verified yet.
    package init(parsing bytes: [UInt8]) throws(GatehouseError) {
        guard bytes.count <= Envelope.envelopeBytesMax else {
            throw GatehouseError(.tooLarge, "The bundle has \(bytes.count) bytes; \(Envelope.envelopeBytesMax) are read.")
        }
        let json = try JSONParser.parse(bytes)
        guard json["mediaType"]?.stringValue == Self.mediaType, let envelope = json["dsseEnvelope"] else {
            throw Self.malformed("it is not \(Self.mediaType) with a DSSE envelope")
        }
        guard let key = json["verificationMaterial"]?["publicKey"], key.objectValue != nil else {
            throw Self.malformed("it was not signed with a key but with a certificate, which is not read here")
        }
        self.envelope = try Envelope(json: envelope)
        let hint = key["hint"]?.stringValue
        keyHint = hint?.isEmpty == true ? nil : hint
    }

    /// The files that were signed, when this key signed them. Fails with `integrity`, and with `invalidArgument` when the
    /// payload is no model signature.
    package func signedModel(verifiedBy key: VerificationKey) throws(GatehouseError) -> SignedModel {
        if let keyHint, keyHint != key.keyID {
            throw GatehouseError(
                .integrity, "The model was signed with another key (\(keyHint.prefix(12))…, not \(key.keyID.prefix(12))…).",
                hint: "Verify it with the key of the server that signed it.")
        }
        // The format has exactly one signature; a second one would be read by some verifiers and not by others.
        guard envelope.signatures.count == 1 else {
            throw GatehouseError(.integrity, "The bundle has \(envelope.signatures.count) signatures instead of one.")
        }
        return try SignedModel(Statement(envelope.verified(by: [key])))
    }

    private static func malformed(_ why: String) -> GatehouseError {
        GatehouseError(.invalidArgument, "This is no Sigstore bundle that is understood: \(why).")
    }
}

package import GatehouseCore
import Registry

/// A signed document about a version, kept as the bytes that were signed and found by their digest.
package struct SignedStatement: Sendable, Equatable {
    /// SHA-256 of `body`: what audit entries refer to.
    package let digest: Digest
    package let model: ModelName
    package let version: VersionNumber
    package let predicateType: String
    /// What it says something about, in one word: a check's name, `evaluation`, `verdict`, `promotion`, `model.sig`.
    package let name: String
    /// The id of the evaluation, promotion or review behind it.
    package let about: String?
    package let keyID: String
    package let signed: Timestamp
    /// A DSSE envelope; for the signature of a model's files a Sigstore bundle. JSON.
    package let body: [UInt8]

    init(
        model: ModelName, version: VersionNumber, predicateType: String, name: String, about: String?, keyID: String,
        signed: Timestamp, body: [UInt8]
    ) {
        digest = .sha256(of: body)
        self.model = model
        self.version = version
        self.predicateType = predicateType
        self.name = name
        self.about = about
        self.keyID = keyID
        self.signed = signed
        self.body = body
    }
}

extension [SignedStatement] {
    /// For an audit entry's facts.
    var facts: JSONValue { .array(map { .string($0.digest.description) }) }
}

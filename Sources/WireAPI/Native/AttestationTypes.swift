package import GatehouseCore

/// A signed statement about a version; its bytes are fetched by their digest.
package struct AttestationAnswer: Codable, Sendable {
    package let digest: String
    package let predicateType: String
    /// A check's name, `evaluation`, `verdict`, `promotion`, `model.sig`.
    package let name: String
    /// The id of the evaluation or promotion behind it.
    package let about: String?
    package let keyID: String
    package let signedAt: String
    package let bytes: Int64

    package init(
        digest: String, predicateType: String, name: String, about: String?, keyID: String, signedAt: String, bytes: Int64
    ) {
        self.digest = digest
        self.predicateType = predicateType
        self.name = name
        self.about = about
        self.keyID = keyID
        self.signedAt = signedAt
        self.bytes = bytes
    }

    enum CodingKeys: String, CodingKey {
        case digest, name, about, bytes
        case predicateType = "predicate_type"
        case keyID = "key_id"
        case signedAt = "signed_at"
    }
}

/// The public key that a server's statements are verified with.
package struct AttestationKeyAnswer: Codable, Sendable {
    package let keyID: String
    package let algorithm: String
    package let pem: String

    package init(keyID: String, algorithm: String, pem: String) {
        self.keyID = keyID
        self.algorithm = algorithm
        self.pem = pem
    }

    enum CodingKeys: String, CodingKey {
        case algorithm, pem
        case keyID = "key_id"
    }
}

/// How a model's files are verified where they are served, in the shape that KServe proposes.
package struct ModelVerificationAnswer: Codable, Sendable {
    package struct Signature: Codable, Sendable {
        /// Path of the bundle on this server.
        package let bundle: String
        /// Public key, PEM.
        package let publicKeyRef: String

        package init(bundle: String, publicKeyRef: String) {
            self.bundle = bundle
            self.publicKeyRef = publicKeyRef
        }
    }

    package struct Verification: Codable, Sendable {
        /// The signature's root digest over the files.
        package let digest: String
        package let signature: Signature

        package init(digest: String, signature: Signature) {
            self.digest = digest
            self.signature = signature
        }
    }

    package let modelName: String
    package let version: Int64
    package let artifactDigest: String
    /// Of the bundle's bytes.
    package let bundleDigest: String
    package let keyID: String
    package let signedAt: String
    package let verification: Verification

    package init(
        modelName: String, version: Int64, artifactDigest: String, bundleDigest: String, keyID: String, signedAt: String,
        verification: Verification
    ) {
        self.modelName = modelName
        self.version = version
        self.artifactDigest = artifactDigest
        self.bundleDigest = bundleDigest
        self.keyID = keyID
        self.signedAt = signedAt
        self.verification = verification
    }

    enum CodingKeys: String, CodingKey {
        case version, verification
        case modelName = "model_name"
        case artifactDigest = "artifact_digest"
        case bundleDigest = "bundle_digest"
        case keyID = "key_id"
        case signedAt = "signed_at"
    }
}

/// A version's card in one of the formats.
package struct CardAnswer: Codable, Sendable {
    package let modelName: String
    package let version: Int64
    /// `hf` or `mct`.
    package let format: String
    /// Markdown with front matter; null in the other format.
    package let text: String?
    /// JSON for Google's Model Card Toolkit; null in the other format.
    package let document: JSONValue
    /// The file the author's card was read from.
    package let source: String?
    package let knownLimitations: [String]
    /// What of the author's card could not be read.
    package let findings: [String]

    package init(
        modelName: String, version: Int64, format: String, text: String?, document: JSONValue, source: String?,
        knownLimitations: [String], findings: [String]
    ) {
        self.modelName = modelName
        self.version = version
        self.format = format
        self.text = text
        self.document = document
        self.source = source
        self.knownLimitations = knownLimitations
        self.findings = findings
    }

    enum CodingKeys: String, CodingKey {
        case version, format, text, document, source, findings
        case modelName = "model_name"
        case knownLimitations = "known_limitations"
    }
}

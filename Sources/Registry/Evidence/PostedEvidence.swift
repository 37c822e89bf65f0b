package import GatehouseCore

/// What another system measured for an artifact, such as a Spark job in CI. Bound to the bytes, not to a version number.
package struct PostedEvidence: Sendable, Hashable {
    package let artifact: Digest
    package let check: String
    package let body: JSONValue
    package let postedBy: Principal
    package let posted: Timestamp
}

/// A named approval of an artifact by a person, such as a regulatory sign-off.
package struct Attestation: Sendable, Hashable {
    package let artifact: Digest
    package let check: String
    package let notes: String
    package let attestedBy: Principal
    package let attested: Timestamp
}

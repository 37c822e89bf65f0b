package import GatehouseCore

/// The kinds of claims that Gatehouse signs. docs/attestations.md has their members; a released URI never changes its meaning.
package enum PredicateType {
    /// One gate run (in-toto, test-result).
    package static let testResult = "https://in-toto.io/attestation/test-result/v0.1"
    /// The verdict of an evaluation (in-toto, simple verification result).
    package static let verificationResult = "https://in-toto.io/attestation/svr/v0.2"
    /// Measured values and thresholds, for which the two above have no place.
    package static let evaluation = "urn:gatehouse:predicate:evaluation:v0.1"
    package static let promotion = "urn:gatehouse:predicate:promotion:v0.1"
    package static let review = "urn:gatehouse:predicate:review:v0.1"
    /// The files of a model (OpenSSF model signing 1.0).
    package static let modelSignature = "https://model_signing/signature/v1.0"
}

/// The predicate test-result v0.1.
package struct TestResult: Sendable {
    package enum Outcome: String, Sendable {
        case passed = "PASSED"
        case warned = "WARNED"
        case failed = "FAILED"
    }

    package let name: String
    package let outcome: Outcome
    /// What the test was run with: policy, dataset.
    package let configuration: [ResourceDescriptor]

    package init(name: String, outcome: Outcome, configuration: [ResourceDescriptor]) {
        self.name = name
        self.outcome = outcome
        self.configuration = configuration
    }

    package var json: JSONValue {
        func list(_ wanted: Outcome) -> JSONValue { .array(outcome == wanted ? [.string(name)] : []) }
        return .object([
            "result": .string(outcome.rawValue), "configuration": .array(configuration.map(\.json)),
            "passedTests": list(.passed), "warnedTests": list(.warned), "failedTests": list(.failed),
        ])
    }
}

/// The predicate svr v0.2: which properties a verifier found to hold. What failed is in no list; its absence says so.
package struct VerificationResult: Sendable {
    package let verifierID: String
    package let policies: [ResourceDescriptor]
    package let created: Timestamp
    package let properties: [String]

    package init(verifierID: String, policies: [ResourceDescriptor], created: Timestamp, properties: [String]) {
        self.verifierID = verifierID
        self.policies = policies
        self.created = created
        self.properties = properties
    }

    package var json: JSONValue {
        .object([
            "verifier": .object(["id": .string(verifierID), "policies": .array(policies.map(\.json))]),
            "timeCreated": .string(created.description), "properties": .array(properties.map { .string($0) }),
        ])
    }
}

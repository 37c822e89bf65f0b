package import Attestations
package import GatehouseCore
import Gates
import Registry

/// Signs what the server decided, for readers who do not ask the server. No statement holds a person's name or words: what is
/// handed out cannot be erased.
package struct Attestor: Sendable {
    /// Changes when what a signed verdict means does.
    package static let verifierID = "urn:gatehouse:verifier:v1"

    let key: SigningKey

    package init(key: SigningKey) { self.key = key }

    package var verificationKey: VerificationKey { key.verificationKey }

    /// A finished evaluation: one test result per check, one statement with all measurements, one verdict. Empty for an
    /// evaluation that failed, and for a version whose bytes were never sealed: there is nothing to make a claim about.
    func evaluation(_ evaluation: Evaluation) throws -> [SignedStatement] {
        guard evaluation.state == .finished, let artifact = evaluation.artifactDigest, let finished = evaluation.finishedAt else {
            return []
        }
        let policy = ResourceDescriptor(name: evaluation.policyReference, digest: evaluation.policyDigest)
        func signed(_ name: String, _ type: String, _ predicate: JSONValue) throws -> SignedStatement {
            try sign(
                predicate, type, name: name, about: evaluation.id, artifact: artifact, model: evaluation.model,
                version: evaluation.version, at: finished)
        }
        var statements = try evaluation.results.map { result in
            try signed(result.name, PredicateType.testResult, result.testResult(policy: policy).json)
        }
        statements.append(try signed("evaluation", PredicateType.evaluation, evaluation.predicate))
        let passed = evaluation.results.filter { $0.verdict == .pass }.map { "GATEHOUSE_CHECK_PASSED:\($0.name)" }
        let verdict = VerificationResult(
            verifierID: Self.verifierID, policies: [policy], created: finished,
            properties: (evaluation.passed == true ? ["GATEHOUSE_POLICY_PASSED"] : []) + passed)
        statements.append(try signed("verdict", PredicateType.verificationResult, verdict.json))
        return statements
    }

    /// A granted move of a version to another stage.
    func promotion(_ move: AttestedMove) throws -> [SignedStatement] {
        guard let artifact = move.artifact else { return [] }
        return [
            try sign(
                move.predicate, PredicateType.promotion, name: "promotion", about: move.promotion ?? move.evaluation,
                artifact: artifact, model: move.model, version: move.version, at: move.time)
        ]
    }

    /// The signature over a model's files, as a bundle for `model.sig`. Nil when it has none but those that verifiers pass over.
    func files(
        of manifest: ArtifactManifest, _ model: ModelName, _ version: VersionNumber, at now: Timestamp
    ) throws -> SignedStatement? {
        let files = manifest.files.map { SignedFile(path: $0.path, digest: $0.digest) }
        guard let signature = SignedModel(modelName: "\(model)-v\(version)", signing: files) else { return nil }
        let bundle = try SigstoreBundle(signature.statement, signedBy: key)
        return SignedStatement(
            model: model, version: version, predicateType: PredicateType.modelSignature, name: "model.sig", about: nil,
            keyID: key.verificationKey.keyID, signed: now, body: bundle.json.canonicalBytes)
    }

    func sign(
        _ predicate: JSONValue, _ type: String, name: String, about: String?, artifact: Digest, model: ModelName,
        version: VersionNumber, at now: Timestamp
    ) throws -> SignedStatement {
        let subject = ResourceDescriptor(name: "\(model)/\(version)", digest: artifact)
        let statement = Statement(subjects: [subject], predicateType: type, predicate: predicate)
        return SignedStatement(
            model: model, version: version, predicateType: type, name: name, about: about, keyID: key.verificationKey.keyID,
            signed: now, body: try statement.signed(by: [key]).json.canonicalBytes)
    }
}

/// A granted move, as far as it is signed.
struct AttestedMove {
    let model: ModelName
    let version: VersionNumber
    let artifact: Digest?
    let transition: StageTransition
    let slot: Slot?
    let policy: PolicyInForce
    let evaluation: String?
    let promotion: String?
    /// Those in which people approved it.
    let reviews: [String]
    let displaced: [VersionNumber]
    /// How many requirements enforcement `warn` let through.
    let unmetCount: Int
    let time: Timestamp

    fileprivate var predicate: JSONValue {
        .object([
            "from": .string(transition.from.rawValue), "to": .string(transition.to.rawValue),
            "slot": slot.map { .string($0.description) } ?? .null,
            "policy": ResourceDescriptor(name: policy.reference, digest: policy.digest).json,
            "enforcement": .string(policy.policy.enforcement.rawValue),
            "evaluation": evaluation.map { .string($0) } ?? .null, "promotion": promotion.map { .string($0) } ?? .null,
            "reviews": .array(reviews.map { .string($0) }), "rollback": .bool(transition.requirement == .rollback),
            "displaced": .array(displaced.map { .integer($0.value) }), "unmetCount": .integer(Int64(unmetCount)),
            "time": .string(time.description),
        ])
    }
}

extension Evaluation {
    /// Measured values, intervals and thresholds.
    fileprivate var predicate: JSONValue {
        .object([
            "evaluation": .string(id), "policy": ResourceDescriptor(name: policyReference, digest: policyDigest).json,
            "dataset": datasetReference.map { ResourceDescriptor(name: $0, digest: datasetDigest).json } ?? .null,
            "champion": championVersion.map {
                ResourceDescriptor(name: "\(model)/\($0)", digest: results.lazy.compactMap { $0.inputs["champion"] }.first).json
            } ?? .null,
            "passed": .bool(results.pass), "startedAt": .string(startedAt.description),
            "finishedAt": finishedAt.map { .string($0.description) } ?? .null, "checks": .array(results.map(\.attested)),
        ])
    }

    /// The dataset's bytes, as the checks that read them name them.
    package var datasetDigest: Digest? { results.lazy.compactMap { $0.inputs["dataset"] }.first }
}

extension CheckResult {
    /// No data is never a pass: what was not decided is FAILED here, and the statement `evaluation` says which it was.
    fileprivate func testResult(policy: ResourceDescriptor) -> TestResult {
        let others = inputs.filter { !["artifact", "policy"].contains($0.key) }.sorted { $0.key < $1.key }
        let outcome: TestResult.Outcome
        switch verdict {
        case .pass: outcome = judgement.warnings.isEmpty ? .passed : .warned
        case .fail, .inconclusive, .error: outcome = .failed
        }
        return TestResult(
            name: name, outcome: outcome,
            configuration: [policy] + others.map { ResourceDescriptor(name: $0.key, digest: $0.value) })
    }

    /// Without the words of a custom check, which a person may have written.
    fileprivate var attested: JSONValue {
        let isOurs = gate != CheckConfiguration.customGate
        return .object([
            "name": .string(name), "gate": .string(gate), "verdict": .string(verdict.rawValue),
            "enforcement": .string(enforcement.rawValue), "inconclusiveBlocks": .bool(inconclusiveBlocks),
            "reason": isOurs ? .string(judgement.reason) : .null, "durationMs": .integer(durationMilliseconds),
            "measurements": .array(
                judgement.measurements.map { measurement in
                    guard !isOurs, case .object(var members) = measurement.json else { return measurement.json }
                    members["reason"] = .null
                    return .object(members)
                }), "inputs": .object(inputs.mapValues { .string($0.description) }),
        ])
    }
}

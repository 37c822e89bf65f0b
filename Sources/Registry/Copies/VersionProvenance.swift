package import GatehouseCore

/// A version of another registry.
package struct SourceVersion: Sendable, Hashable {
    /// What kind of server has it. The raw value is stored and sent.
    package enum Kind: String, Sendable, CaseIterable {
        case gatehouse
        case mlflow
    }

    package let kind: Kind
    /// What tells registries apart: the name of the audit log of a Gatehouse, the address of an MLflow server.
    package let registry: String
    /// What people call it: the name it was copied under, or its address.
    package let name: String
    package let model: String
    package let version: String
    package let runID: String?

    package init(kind: Kind, registry: String, name: String, model: String, version: String, runID: String?) {
        self.kind = kind
        self.registry = registry
        self.name = name
        self.model = model
        self.version = version
        self.runID = runID
    }

    /// `credit-risk v12 of dev`.
    package var words: String { "\(model) v\(version) of \(name)" }
}

/// Whether the source's log was seen to vouch for a copy.
package struct SourceVerification: Sendable, Hashable {
    package enum State: String, Sendable, CaseIterable {
        case verified
        case notVerified = "not_verified"
    }

    /// The signed state of the log that the proofs lead to.
    package struct LogState: Sendable, Hashable {
        package let origin: String
        package let size: Int64
        /// Base64.
        package let root: String

        package init(origin: String, size: Int64, root: String) {
            self.origin = origin
            self.size = size
            self.root = root
        }
    }

    package let state: State
    /// One sentence.
    package let reason: String
    /// Nil: nothing was brought that could be verified.
    package let log: LogState?
    /// The entries of the source's log that were proved, or would be by a trusted key: the registration first.
    package let entries: [Int64]

    package init(state: State, reason: String, log: LogState? = nil, entries: [Int64] = []) {
        self.state = state
        self.reason = reason
        self.log = log
        self.entries = entries
    }
}

/// Where a copied version comes from. Written once, with the version.
package struct VersionProvenance: Sendable, Hashable {
    package let source: SourceVersion
    /// Where the chain of copies began, as the source says; the source itself where it is no copy.
    package let firstRegistry: String
    package let firstVersion: String
    package let artifact: Digest
    package let verification: SourceVerification
    /// The receipts that were brought, as their text.
    package let receipts: [String]
    /// The run and the standing of the version at the source when it was copied, without names of people.
    package let snapshot: JSONValue

    package init(
        source: SourceVersion, firstRegistry: String, firstVersion: String, artifact: Digest, verification: SourceVerification,
        receipts: [String], snapshot: JSONValue
    ) {
        self.source = source
        self.firstRegistry = firstRegistry
        self.firstVersion = firstVersion
        self.artifact = artifact
        self.verification = verification
        self.receipts = receipts
        self.snapshot = snapshot
    }

    /// The tags that say it to MLflow's users. They can be edited; this record cannot.
    package var tags: [String: String] {
        var tags = [
            "promoted_from_registry": source.name, "promoted_from_version": source.version,
            "source_registry": firstRegistry, "source_version": firstVersion,
        ]
        if let run = source.runID { tags["source_run_id"] = run }
        return tags
    }
}

extension SourceVerification {
    var json: JSONValue {
        .object([
            "state": .string(state.rawValue), "reason": .string(reason),
            "log": log.map { ["origin": .string($0.origin), "size": .integer($0.size), "root": .string($0.root)] } ?? .null,
            "entries": .array(entries.map { .integer($0) }),
        ])
    }

    init(json: JSONValue) throws(GatehouseError) {
        guard let state = json["state"]?.stringValue.flatMap(State.init(rawValue:)), let reason = json["reason"]?.stringValue
        else {
            throw GatehouseError(.internalFailure, "A verification in the database cannot be read.")
        }
        var log: LogState?
        if let origin = json["log"]?["origin"]?.stringValue, let size = json["log"]?["size"]?.integerValue,
            let root = json["log"]?["root"]?.stringValue
        {
            log = LogState(origin: origin, size: size, root: root)
        }
        self.init(state: state, reason: reason, log: log, entries: (json["entries"]?.arrayValue ?? []).compactMap(\.integerValue))
    }
}

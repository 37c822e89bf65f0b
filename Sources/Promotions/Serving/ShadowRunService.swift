package import Access
import AuditLog
package import GatehouseCore
import Gates
import Registry
package import Serving
import Storage

package struct ShadowStart: Sendable {
    package let model: ModelName
    package let version: VersionNumber
    package let endpoint: String
    /// Nil: requests of every segment.
    package var segment: String?
    /// Of all requests; nil: what the policy says, else 1 %.
    package var fraction: Double?
    package var limits = ShadowLimits()

    package init(model: ModelName, version: VersionNumber, endpoint: String) {
        self.model = model
        self.version = version
        self.endpoint = endpoint
    }
}

/// Starts and ends shadow runs.
package struct ShadowRunService: Sendable {
    private let transitions: TransitionService
    private let randomBytes: @Sendable (Int) -> [UInt8]

    package init(_ transitions: TransitionService, randomBytes: @escaping @Sendable (Int) -> [UInt8]) {
        self.transitions = transitions
        self.randomBytes = randomBytes
    }

    /// Fails with `invalidArgument` for another model's endpoint or a fraction that is none, and with `conflict` for an
    /// unpinned version, for the champion of the segment, and while another version is in shadow there.
    package func start(_ request: ShadowStart, by caller: Caller) async throws -> ShadowRun {
        let salt = Digest(bytes: randomBytes(32)).hex
        return try await transitions.store.write { tx in
            let endpoint = try tx.requiredEndpoint(request.endpoint).endpoint
            try caller.require(.manageServing(endpoint.model, environment: endpoint.environment))
            guard endpoint.model == request.model else {
                throw GatehouseError(.invalidArgument, "The endpoint '\(endpoint.name)' serves \(endpoint.model).")
            }
            let version = try tx.requiredVersion(request.version, of: request.model)
            let artifact = try check(version, request, endpoint, tx)
            let buckets = try buckets(request, tx)
            let id = "shr_" + transitions.ids()
            let entry = try tx.append(
                AuditDraft(
                    id: transitions.ids(), time: transitions.now(), principal: caller.principal, action: .shadowStarted,
                    outcome: .granted, model: request.model, version: request.version,
                    facts: .object([
                        "shadow_run": .string(id), "endpoint": .string(endpoint.name),
                        "segment": request.segment.map { .string($0) } ?? .null, "artifact": .string(artifact.description),
                        "buckets": .integer(Int64(buckets)), "stage": .string(version.stage.rawValue),
                    ])))
            let run = ShadowRun(
                id: id, endpoint: endpoint.name, segment: request.segment, model: request.model, version: request.version,
                artifact: artifact, buckets: buckets, salt: salt, limits: request.limits, started: entry.time,
                startEntry: entry.sequence, stopped: nil, stopEntry: nil)
            try tx.insert(run)
            return run
        }
    }

    /// Does nothing more for a run that is over. Whoever may roll back may end a shadow too: it takes from production.
    package func stop(_ id: String, reason: String, by caller: Caller) async throws -> ShadowRun {
        try ModelRegistry.check(reason, bytesMax: ModelRegistry.reasonBytesMax, what: "The reason")
        return try await transitions.store.write { tx in
            guard let run = try tx.shadowRun(id: id) else {
                throw GatehouseError(.notFound, "There is no shadow run '\(id.prefix(80))'.", hint: "gatehouse shadow list")
            }
            let environment = try tx.servingEndpoint(named: run.endpoint)?.endpoint.environment ?? Slot.defaultEnvironment
            let permission = Permission.rollBack(
                run.model, environment: environment, segment: run.segment ?? Slot.defaultSegment)
            try caller.require(permission)
            guard run.stopped == nil else { return run }
            let entry = try tx.append(
                AuditDraft(
                    id: transitions.ids(), time: transitions.now(), principal: caller.principal, action: .shadowStopped,
                    outcome: .granted, model: run.model, version: run.version, reason: reason,
                    facts: .object([
                        "shadow_run": .string(id), "endpoint": .string(run.endpoint),
                        "seconds": .integer(transitions.now().since(run.started).milliseconds / 1000),
                    ])))
            try tx.stopShadowRun(id, at: entry.time, entry: entry.sequence)
            guard let stopped = try tx.shadowRun(id: id) else {
                throw GatehouseError(.internalFailure, "The shadow run \(id) was not written.")
            }
            return stopped
        }
    }

    private func check(
        _ version: ModelVersion, _ request: ShadowStart, _ endpoint: ServingEndpoint, _ tx: SQLTransaction
    ) throws -> Digest {
        let subject = "\(version.model) v\(version.number)"
        guard let artifact = version.artifact else {
            throw GatehouseError(.conflict, "\(subject) is unpinned: its bytes were never hashed and sealed.")
        }
        let slot = try Slot.named(endpoint.model, environment: endpoint.environment, segment: request.segment)
        if try tx.occupantWithFallback(of: slot)?.version == version.number {
            throw GatehouseError(.conflict, "\(subject) answers for \(slot) itself, so its shadow would show nothing.")
        }
        let open = try tx.shadowRuns(endpoint: endpoint.name, isOpen: true)
        let other = open.first { $0.segment == nil || request.segment == nil || $0.segment == request.segment }
        if let other {
            throw GatehouseError(
                .conflict, "v\(other.version) is in shadow at '\(endpoint.name)' already.",
                hint: "End it first: gatehouse shadow stop \(other.id)")
        }
        return artifact
    }

    private func buckets(_ request: ShadowStart, _ tx: SQLTransaction) throws -> Int {
        let rules = try transitions.policies.policy(for: request.model, tx).policy.shadow
        let fraction = request.fraction ?? rules?.fraction ?? 0.01
        let scaled = (fraction * Double(Bucketing.total)).rounded()
        guard fraction.isFinite, fraction <= 1, let buckets = Int(exactly: scaled), buckets >= 1 else {
            throw GatehouseError(
                .invalidArgument, "A fraction of \(fraction) copies nothing or more than everything.",
                hint: "Write a number from 0.00001 to 1, such as 0.01.")
        }
        return buckets
    }
}

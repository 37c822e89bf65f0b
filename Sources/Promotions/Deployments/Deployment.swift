package import GatehouseCore

/// What a job outside did with a version: where it put it, what it saw there, and what came of it. Said by the job, and
/// written down as such; that the version was the slot's active one is the registry's own word.
package struct Deployment: Sendable, Equatable {
    package enum Outcome: String, Sendable, CaseIterable {
        /// Nothing more was heard of it yet.
        case running
        case succeeded
        /// The version was there already.
        case unchanged
        /// It was there, did not hold what was asked of it, and what was there before is there again.
        case rolledBack = "rolled_back"
        /// Nothing was changed, and it is not there.
        case failed
        /// Something was changed and could not be taken back.
        case rollbackFailed = "rollback_failed"

        package var isFinal: Bool { self != .running }
        /// Whether the version is at the target afterwards, as far as the job saw.
        package var isThere: Bool { self == .succeeded || self == .unchanged }
    }

    package let id: String
    package let slot: Slot
    package let version: VersionNumber
    package let artifact: Digest
    /// As the job names it, without secrets: `git https://git.example.com/serving.git main credit/values.yaml`.
    package let target: String
    package let job: String
    /// Whether the version was the slot's active one when the job began.
    package let isActive: Bool
    /// The version that the last job before this one left at the target; nil: none is on record.
    package let previous: VersionNumber?
    package let outcome: Outcome
    /// What the job said besides: pins, health, golden requests, revision, links.
    package let document: JSONValue
    package let started: Timestamp
    package let startEntry: Int64
    package let finished: Timestamp?
    package let endEntry: Int64?
}

/// What a job says of a deployment, at its start and at its end.
package struct DeploymentReport: Sendable {
    package static let targetBytesMax = 2_000
    package static let jobBytesMax = 200
    package static let wordsBytesMax = 4_000
    package static let documentBytesMax = 32_768

    package let version: VersionNumber
    package let slot: Slot
    package let target: String
    package let job: String
    package let outcome: Deployment.Outcome
    /// A version that is not the slot's active one may be deployed: a smoke test in a corner of one's own, say.
    package var allowsUnpromoted = false
    /// `passed`, `failed`, or `none`: nobody looked.
    package var health = Finding.none
    package var golden = Finding.none
    package var goldenAsked = 0
    package var goldenPassed = 0
    package var reason = ""
    /// Where the job can be looked at.
    package var jobURL = ""
    package var document: JSONValue = [:]

    package enum Finding: String, Sendable, CaseIterable { case passed, failed, none }

    package init(version: VersionNumber, slot: Slot, target: String, job: String, outcome: Deployment.Outcome) {
        self.version = version
        self.slot = slot
        self.target = target
        self.job = job
        self.outcome = outcome
    }

    /// Fails with `invalidArgument` for a report that says less, or something else, than its outcome.
    func check() throws(GatehouseError) {
        for (what, text, bytesMax) in [("target", target, Self.targetBytesMax), ("job", job, Self.jobBytesMax)] {
            let isLine = text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
            guard !text.isEmpty, text.utf8.count <= bytesMax, isLine else {
                throw GatehouseError(
                    .invalidArgument, "'\(what)' is a line of 1 to \(bytesMax) bytes without control characters.")
            }
        }
        for (what, text) in [("reason", reason), ("job_url", jobURL)] where text.utf8.count > Self.wordsBytesMax {
            throw GatehouseError(.tooLarge, "'\(what)' has at most \(Self.wordsBytesMax) bytes.")
        }
        guard document.canonicalBytes.count <= Self.documentBytesMax else {
            throw GatehouseError(
                .tooLarge, "A deployment's report has at most \(Self.documentBytesMax) bytes.",
                hint: "Send fewer failures of golden requests; the job's own log has them all.")
        }
        guard (0...goldenAsked).contains(goldenPassed), goldenAsked <= 1_000_000 else {
            throw GatehouseError(.invalidArgument, "Of \(goldenAsked) golden requests \(goldenPassed) cannot have passed.")
        }
        let isComplete = goldenAsked > 0 && goldenPassed == goldenAsked
        let hasFailed = goldenAsked > 0 && goldenPassed < goldenAsked
        let isTrue = golden == .passed ? isComplete : golden == .none ? goldenAsked == 0 : hasFailed || goldenAsked == 0
        guard isTrue else {
            throw GatehouseError(
                .invalidArgument,
                "Golden requests are said to be '\(golden.rawValue)', but \(goldenPassed) of \(goldenAsked) passed.",
                hint: "'passed' needs at least one request and all of them right; 'none' means that none was asked.")
        }
        if outcome.isThere, health == .failed || golden == .failed {
            throw GatehouseError(
                .invalidArgument, "A deployment with failed checks is not '\(outcome.rawValue)'.",
                hint: "Report rolled_back, failed or rollback_failed.")
        }
    }
}

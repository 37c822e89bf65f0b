package import GatehouseCore
package import Gates

/// A time-limited, reasoned exception to one check of one version. The check stays failed; while the waiver is active it does
/// not keep the version out.
package struct Waiver: Sendable, Equatable {
    package static let daysMax = 90
    package static let approvalsRequired = 2

    package enum State: String, Sendable, CaseIterable {
        case requested, active, expired, revoked
        /// The version's bytes, the check or what it is measured on are not the ones that were waived.
        case void
    }

    package struct Approval: Sendable, Equatable {
        package let by: Principal
        package let at: Timestamp
        package let auditSequence: Int64
    }

    package let id: String
    package let model: ModelName
    package let version: VersionNumber
    package let check: String
    /// What the check said when the waiver was asked for.
    package let verdict: Verdict
    package let artifact: Digest
    /// Of the check and what it is measured on, as the policy had them.
    package let ground: Digest
    package let evaluation: String
    package let expires: Timestamp
    package let requestedBy: Principal
    package let requested: Timestamp
    /// The audit entry that holds the reason.
    package let requestEntry: Int64
    package let activeSince: Timestamp?
    package let revokedBy: Principal?
    package let revoked: Timestamp?
    package let approvals: [Approval]

    /// What the version's bytes and the policy's check are now; nil for what is not there.
    package struct Present: Sendable, Equatable {
        package let artifact: Digest?
        package let ground: Digest?

        package init(artifact: Digest?, ground: Digest?) {
            self.artifact = artifact
            self.ground = ground
        }
    }

    /// Nothing has to happen at a certain time for a waiver to end: its state follows from what is written and from the clock.
    package func state(at now: Timestamp, _ present: Present) -> State {
        if revoked != nil { return .revoked }
        if now >= expires { return .expired }
        if present.artifact != artifact || present.ground != ground { return .void }
        return activeSince == nil ? .requested : .active
    }

    /// Why it is void, behind "void: ".
    package func difference(from present: Present) -> String? {
        if present.artifact != artifact { return "the version's artifact is not the one that was waived" }
        if present.ground == nil { return "the policy has no check '\(check)' any more" }
        return present.ground == ground ? nil : "the check '\(check)', or what it is measured on, was changed since"
    }

    /// Who answered for not knowing did not answer for a failure: a waiver of `inconclusive` or `error` covers no `fail`.
    package func covers(_ result: CheckResult) -> Bool {
        guard result.name == check, result.blocks else { return false }
        switch verdict {
        case .fail: return true
        case .inconclusive, .error: return result.verdict != .fail
        case .pass: return false
        }
    }
}

/// A check that is waived at this moment.
package struct WaivedCheck: Sendable, Equatable {
    package let check: String
    package let waiver: String
    package let until: Timestamp

    package init(check: String, waiver: String, until: Timestamp) {
        self.check = check
        self.waiver = waiver
        self.until = until
    }

    package var note: String { "waived: \(check), by \(waiver) until \(until)" }
}

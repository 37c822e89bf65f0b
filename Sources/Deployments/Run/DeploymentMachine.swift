package import GatehouseCore

/// What a deployment does next. Decides; touches nothing.
package struct DeploymentMachine: Sendable, Equatable {
    package enum Act: Sendable, Equatable {
        case apply
        case awaitHealth
        case askGolden
        case restore
        case end(Outcome)
    }

    package enum Outcome: String, Sendable, CaseIterable {
        case succeeded
        /// The version was there already.
        case unchanged
        case rolledBack = "rolled_back"
        /// It is not there, and nothing is different from before.
        case failed
        case rollbackFailed = "rollback_failed"

        package var exitCode: ExitStatus {
            switch self {
            case .succeeded, .unchanged: .done
            case .rolledBack: .answerIsNo
            case .failed, .rollbackFailed: .failed
            }
        }
    }

    package enum Event: Sendable, Equatable {
        case applied
        /// Whether anything was changed may be unknown then: a push whose answer was lost.
        case notApplied(String)
        case healthy
        case unhealthy(String)
        case answered
        case answeredWrongly(String)
        /// Whether there was anything to take back.
        case restored(wasChanged: Bool)
        case notRestored(String)
        /// Somebody asked the job to end. Told only while it may.
        case interrupted(String)
    }

    package private(set) var act: Act
    /// Why it is not where it should be; nil: it is.
    package private(set) var reason: String?
    private let wasThere: Bool

    /// Whether the job may be cut short here. What is under way is taken back first, and that is always finished.
    package var mayBeInterrupted: Bool {
        switch act {
        case .apply, .awaitHealth, .askGolden: true
        case .restore, .end: false
        }
    }

    /// `isThere`: the target holds the version already, and not because of an earlier attempt of the same job.
    package init(isThere: Bool) {
        wasThere = isThere
        act = isThere ? .awaitHealth : .apply
    }

    package mutating func tell(_ event: Event) {
        switch event {
        case .applied: act = .awaitHealth
        case .healthy: act = .askGolden
        case .answered: act = .end(wasThere ? .unchanged : .succeeded)
        case .notApplied(let why): fail(why, restores: true)
        // What was there before this job is not for this job to take away.
        case .unhealthy(let why), .answeredWrongly(let why), .interrupted(let why): fail(why, restores: !wasThere)
        case .restored(let wasChanged): act = .end(wasChanged ? .rolledBack : .failed)
        case .notRestored(let why):
            reason = [reason, "not taken back: \(why)"].compactMap(\.self).joined(separator: "; ")
            act = .end(.rollbackFailed)
        }
    }

    private mutating func fail(_ why: String, restores: Bool) {
        reason = why
        act = restores ? .restore : .end(.failed)
    }
}

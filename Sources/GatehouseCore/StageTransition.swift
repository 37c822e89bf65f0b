/// What a move between two stages requires under enforcement `enforce`. One row per cell of the transition table;
/// the table is total, so a new stage does not compile until every cell is decided.
package enum TransitionRequirement: Sendable, Equatable {
    /// The version is there already: nothing to do, nothing to require.
    case nothing
    /// A fresh evaluation of this very artifact under the current policy version in which every blocking check passed.
    case passingEvaluation
    /// A passing evaluation, shadow evidence where the policy asks for it, and the approvals the policy asks for.
    case approval
    /// An operator with a reason.
    case reason
    /// The version was active in the slot before; needs the rollback permission and a reason.
    case rollback
    /// Never, except break-glass: two people, a reason and an incident reference.
    case breakGlass
    /// No path exists.
    case forbidden(because: String)
}

/// A move of one model version from one stage to another.
package struct StageTransition: Sendable, Equatable {
    package let from: Stage
    package let to: Stage

    package init(from: Stage, to: Stage) {
        self.from = from
        self.to = to
    }

    package var requirement: TransitionRequirement {
        switch (from, to) {
        case (.none, .none), (.staging, .staging), (.production, .production), (.archived, .archived): .nothing
        case (.none, .staging), (.archived, .staging): .passingEvaluation
        case (.staging, .production): .approval
        case (.none, .production): .breakGlass
        case (.archived, .production): .rollback
        case (.production, .archived), (.staging, .archived), (.none, .archived): .reason
        case (.staging, .none), (.production, .none), (.archived, .none): .reason
        case (.production, .staging):
            .forbidden(because: "a version that serves traffic is archived first, then evaluated again")
        }
    }
}

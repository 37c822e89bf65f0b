/// The kinds of records that another tracking server may hand over, in the order in which they must come. The raw value is what
/// is sent and shown.
package enum ImportKind: String, Sendable, CaseIterable {
    case experiment
    case run
    case metrics
    case loggedModel = "logged_model"
    case model
    case version
    case stage
    case alias
}

/// What became of one record.
package enum ImportState: Sendable, Equatable {
    /// It is here now, but for what is listed.
    case added(leftOut: [String] = [])
    /// It is here already and equal.
    case same
    /// It is here, and differs in what is listed. What is here stays as it is.
    case different([String])
    /// It cannot come, and why.
    case leftOut(String)
}

/// One record and what became of it.
package struct ImportFinding: Sendable, Equatable {
    package let kind: ImportKind
    /// As people name it: an experiment's number, a run's id, `credit-risk/3`, `credit-risk@champion`.
    package let id: String
    package let state: ImportState
    /// Of metrics: how many points are new.
    package let points: Int

    package init(_ kind: ImportKind, _ id: String, _ state: ImportState, points: Int = 0) {
        self.kind = kind
        self.id = id
        self.state = state
        self.points = points
    }
}

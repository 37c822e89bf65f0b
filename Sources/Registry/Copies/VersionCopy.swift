package import GatehouseCore

/// A version of another registry on its way into this one, with its bytes in the store already.
package struct VersionCopy: Sendable {
    /// With the manifest of the bytes.
    package var request: VersionRequest
    package let provenance: VersionProvenance
    /// The run it was made by, which comes along unless there is one of its id.
    package let run: CopiedRun?
    /// The number it shall have; nil: the next one.
    package let number: VersionNumber?

    package init(request: VersionRequest, provenance: VersionProvenance, run: CopiedRun?, number: VersionNumber?) {
        self.request = request
        self.provenance = provenance
        self.run = run
        self.number = number
    }
}

/// A run of another registry: everything that was logged, in an experiment that is found here by its name.
package struct CopiedRun: Sendable {
    package let run: Run
    package let experiment: String
    /// All points of its metrics.
    package let points: [Metric]

    package init(_ run: Run, experiment: String, points: [Metric]) {
        self.run = run
        self.experiment = experiment
        self.points = points
    }
}

/// What became of a copy.
package struct CopyOutcome: Sendable {
    package let version: VersionNumber
    /// False: it was here already, and nothing was done.
    package let isNew: Bool
    /// What did not come although it was sent, each with its reason.
    package let leftOut: [String]

    package init(version: VersionNumber, isNew: Bool, leftOut: [String]) {
        self.version = version
        self.isNew = isNew
        self.leftOut = leftOut
    }
}

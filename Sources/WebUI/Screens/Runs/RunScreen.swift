import GatehouseCore
import Registry
import Rendering

/// One run: what went in, what came out, and what became of it.
struct RunScreen: Screen {
    static let curvesMax = 8
    static let pointsMax = 200
    static let rowsMax = 100
    static let filesMax = 200
    static let versionsMax = 20

    struct Curve: Sendable {
        let key: String
        let points: [Metric]
    }

    let run: Run
    let experiment: Experiment
    /// Of metrics that were logged more than once.
    let curves: [Curve]
    /// Which folder of its artifacts is shown.
    let folder: ArtifactPath
    /// What lies in the folder; nil where its artifacts lie elsewhere.
    let files: [ArtifactEntry]?
    /// Versions that were registered from it.
    let versions: [(model: ModelName, number: VersionNumber)]

    var title: [String] { [run.info.name, experiment.name] }
    var place: Place { .experiments }
}

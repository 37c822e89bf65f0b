import GatehouseCore
import Promotions
import Rollouts
import Serving

/// What copies of an endpoint's requests showed of a version: whether it agrees, where it does not, and what is still asked.
struct ShadowScreen: Screen {
    static let runsMax = 30

    let endpoint: String
    let environment: String
    let model: ModelName
    /// Newest first.
    let runs: [ShadowRun]
    /// The one that is shown; nil: there was none.
    let shown: Shown?

    struct Shown: Sendable {
        let run: ShadowRun
        let picture: ShadowPicture
        /// Who answered meanwhile, where that is still known.
        let champion: VersionNumber?
        let kept: KeptShare
        var report: ShadowReport { picture.report }
    }

    var title: [String] { (shown.map { ["v\($0.run.version) in shadow"] } ?? ["Shadow"]) + [endpoint] }
    var place: Place { .traffic }
    var topics: [String] { [LiveFeed.Topic.topic(model), "traffic"] }
}

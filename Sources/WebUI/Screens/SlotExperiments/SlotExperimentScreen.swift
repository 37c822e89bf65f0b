import GatehouseCore
import Promotions

/// Champion against challenger on real requests: who is better, and whether that is sure.
struct SlotExperimentScreen: Screen {
    let finding: ExperimentFinding
    var experiment: SlotExperiment { finding.experiment }

    var title: [String] {
        ["v\(experiment.challenger) against v\(experiment.champion)", "\(experiment.slot.model)", experiment.id]
    }
    var place: Place { .traffic }
    var topics: [String] { [LiveFeed.Topic.topic(experiment.slot.model), "traffic"] }
}

/// The newest comparisons, of all models or of one.
struct SlotExperimentsScreen: Screen {
    static let experimentsMax = 50

    let model: ModelName?
    let onlyOpen: Bool
    let experiments: [SlotExperiment]

    var title: [String] { model.map { ["Comparisons of \($0)"] } ?? ["Comparisons of champion and challenger"] }
    var place: Place { .traffic }
    var topics: [String] { ["log"] }
}

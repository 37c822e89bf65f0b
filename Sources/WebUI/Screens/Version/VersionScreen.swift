import GatehouseCore
import Gates
import Promotions
import Registry
import Rendering

/// One version: what it is made of, how it did, where it may go and what is missing for that.
struct VersionScreen: Screen {
    static let filesMax = 40
    static let promotionsMax = 20
    static let evaluationsMax = 5
    static let deploymentsMax = 20
    static let statementsMax = 30
    static let tagsMax = 40
    static let columnsMax = 60

    /// A metric beside the champion's on the same rows.
    struct Comparison: Sendable {
        let metric: String
        let own: Measurement
        let champion: Measurement
        /// Own minus champion; for losses the other way round.
        let improvement: Measurement?
    }

    let version: ModelVersion
    let manifest: ArtifactManifest?
    let run: RunInfo?
    let active: [SlotOccupancy]
    /// The last time, unless it has come into that slot again.
    let rolledBack: RolledBack?
    /// What the next stage takes; nil for one that is where it can be.
    let outlook: TransitionOutlook?
    let policy: String
    let evaluations: [Evaluation]
    let lines: [CheckLine]
    let comparisons: [Comparison]
    let promotions: [Promotion]
    let deployments: [Deployment]
    let statements: [SignedStatement]
    let card: CardFinding

    enum CardFinding: Sendable {
        case none
        case card(path: String, limitations: [String])
        case unreadable(String)
    }

    var subject: String { "\(version.model) v\(version.number)" }
    var title: [String] { [subject] }
    var place: Place { .models }
    var topics: [String] { [LiveFeed.Topic.topic(version.model)] }
    /// The newest one that was carried out.
    var measured: Evaluation? { evaluations.first { $0.state == .finished } }
}

// MARK: - In words

extension VersionScreen {
    /// Whether it is eligible, for what, and what is missing.
    var finding: String {
        var stands = active.isEmpty ? Self.words(version.stage) : "It is in production: \(places)."
        if let rolledBack {
            let who = rolledBack.version == version.number ? "It was" : "These bytes were, as v\(rolledBack.version),"
            stands += " \(who) rolled back from \(ModelScreen.words(rolledBack.slot)) on \(dayAndMinute(rolledBack.time))."
        }
        guard let outlook else { return stands }
        let next = outlook.to == .production ? "production" : "\(outlook.to)"
        switch outlook.enforcement {
        case .off: return stands + " The policy asks for nothing before \(next)."
        case .warn, .enforce: break
        }
        if outlook.missing.isEmpty {
            let note = outlook.warnings.isEmpty ? "" : ", which only warns"
            return stands + " Nothing is missing for \(next)\(note)."
        }
        return stands
            + " For \(next) \(outlook.missing.count == 1 ? "1 thing is" : "\(outlook.missing.count) things are") missing."
    }

    private static func words(_ stage: Stage) -> String {
        switch stage {
        case .none: "It has not been brought to a stage yet."
        case .staging: "It is in Staging."
        case .production: "It is in Production, and in no slot."
        case .archived: "It is archived."
        }
    }

    var places: String {
        Wording.list(active.map { ModelScreen.words($0.slot) })
    }

    static func nextStage(after stage: Stage) -> Stage? {
        switch stage {
        case .none, .archived: .staging
        case .staging: .production
        case .production: nil
        }
    }

    static func comparisons(of results: [CheckResult]) -> [Comparison] {
        let all = results.flatMap(\.judgement.measurements)
        return all.compactMap { champion in
            guard champion.subject?.hasPrefix("champion ") == true, champion.limit == nil, champion.value != nil,
                let own = all.first(where: { $0.metric == champion.metric && $0.subject == nil })
            else { return nil }
            return Comparison(
                metric: champion.metric, own: own, champion: champion,
                improvement: all.first { $0.metric == champion.metric + "_improvement" })
        }
    }
}

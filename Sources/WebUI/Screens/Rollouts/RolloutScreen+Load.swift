import Access
import AuditLog
import GatehouseCore
import HTTPAPI
import Promotions
import Rendering
import Rollouts
import Serving
import Statistics
import Storage

extension RolloutScreen {
    static func load(_ page: PageRequest) async throws -> RolloutScreen {
        let seesLog = try page.caller(who: .read).grants.allows(.readAudit)
        let id = try page.segment("id")
        let services = page.services
        let rollout = try await services.store.read { tx in try tx.requiredRollout(id) }
        let isOpen = rollout.endedAt == nil
        let outcomes = isOpen ? try await services.serving.rollouts.outcomes(of: rollout) : nil
        let now = page.visit.now
        return try await services.store.read { tx in
            let events = try tx.events(ofRollout: id, limit: eventsMax)
            let checks =
                isOpen
                ? rollout.checks(outcomes: outcomes).map { Check($0) }
                : events.last { !($0.checks.arrayValue ?? []).isEmpty }?.checks.arrayValue?.compactMap { Check(json: $0) } ?? []
            return RolloutScreen(
                rollout: rollout, checks: checks,
                events: try events.reversed().map { event in
                    Event(event: event, entry: seesLog ? try event.auditEntry.flatMap { try tx.auditEntry(sequence: $0) } : nil)
                },
                course: RolloutCourse(try tx.figures(of: rollout, until: now.adding(.seconds(60)))))
        }
    }
}

extension RolloutsScreen {
    /// `model` and `open` as in the API.
    static func load(_ page: PageRequest) async throws -> RolloutsScreen {
        _ = try page.caller(who: .read)
        let model = try page.query("model").map { try ModelName($0) }
        let onlyOpen = try page.flag("open")
        return try await page.services.store.read { tx in
            RolloutsScreen(
                model: model, onlyOpen: onlyOpen,
                rollouts: try tx.rollouts(of: model, onlyOpen: onlyOpen, limit: rolloutsMax))
        }
    }
}

extension SQLTransaction {
    /// What gateways counted of a rollout, whichever endpoint of its slot was asked.
    fileprivate func figures(of rollout: Rollout, until: Timestamp) throws -> [ArmFigures] {
        // A window is kept under the minute in which it began.
        let from = Timestamp(milliseconds: rollout.openedAt.milliseconds - rollout.openedAt.milliseconds % 60_000)
        return try servingEndpoints(for: rollout.slot).flatMap { endpoint in
            try armFigures(endpoint: endpoint.name, split: rollout.id, from: from, until: rollout.endedAt ?? until)
        }
    }
}

extension RolloutCourse {
    static let alpha = 1 - Interval.level

    /// Where only one of the versions answers nothing is compared.
    init(_ figures: [ArmFigures]) {
        let moments = Dictionary(grouping: figures, by: \.from).sorted { $0.key < $1.key }
        var (champion, challenger) = (TrafficFigures(), TrafficFigures())
        for (_, counted) in moments {
            let (beside, own) = (counted.filter { $0.arm == .champion }, counted.filter { $0.arm == .challenger })
            for one in own { challenger += one }
            for one in beside { champion += one }
            guard let new = ArmCounts(successes: challenger.errors, trials: challenger.requests), let share = new.rate else {
                continue
            }
            let interval = BernoulliSequence.interval(new, alpha: Self.alpha)
            failures.append(
                BandChart.Point(
                    Double(new.trials), value: share * 100, lower: interval.lower * 100, upper: interval.upper * 100))
            guard !beside.isEmpty, let old = ArmCounts(successes: champion.errors, trials: champion.requests), let base = old.rate
            else { continue }
            let difference = BernoulliSequence.difference(control: old, treatment: new, alpha: Self.alpha)
            differences.append(
                BandChart.Point(
                    Double(new.trials), value: (share - base) * 100, lower: difference.lower * 100,
                    upper: difference.upper * 100))
        }
    }
}

extension RolloutScreen.Check {
    init(_ check: RolloutCheck) {
        self.init(
            name: check.name, verdict: check.verdict, value: check.value, champion: check.champion, limit: check.limit,
            rows: check.rows, rowsNeeded: check.rowsNeeded, reason: check.reason)
    }

    /// Nil for what another version of the program wrote.
    init?(json: JSONValue) {
        guard let name = json["name"]?.stringValue.flatMap({ RolloutCheck.Name(rawValue: $0) }),
            let verdict = json["verdict"]?.stringValue.flatMap({ RolloutCheck.Verdict(rawValue: $0) })
        else { return nil }
        self.init(
            name: name, verdict: verdict, value: json["value"]?.doubleValue, champion: json["champion"]?.doubleValue,
            limit: json["limit"]?.doubleValue, rows: Int(json["rows"]?.integerValue ?? 0),
            rowsNeeded: Int(json["rows_needed"]?.integerValue ?? 0), reason: json["reason"]?.stringValue ?? "")
    }
}

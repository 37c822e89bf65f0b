import GatehouseCore
import Gates
import Registry
import Rollouts
import Storage

extension SQLTransaction {
    /// Each is judged by all of its pairs.
    private static let shadowRunsJudgedMax = 3

    /// What shadow traffic has shown of a version for a slot, judged by its policy: what a promotion rests on already, else the
    /// runs beside what answers there now. One run decides; the newest that is a pass, else the newest. What was `judged` before
    /// this transaction is not read again while it holds; what is read is added.
    func shadowStanding(
        of version: ModelVersion, for slot: Slot, under inForce: PolicyInForce, _ policies: PolicyBook,
        judged: inout JudgedShadows, at now: Timestamp
    ) throws -> ShadowStanding {
        guard inForce.policy.shadow != nil else { return .notAsked }
        if let kept = try shadowFinding(of: version, for: slot, under: inForce, at: now) {
            return .found(kept, remedy: "gatehouse shadow report \(kept.summary.run)")
        }
        let place = ShadowPlace(version: version, slot: slot, maxAge: inForce.policy.evaluation.maxAge)
        guard let champion = try occupantWithFallback(of: slot) else { return place.absent(.champion) }
        let endpoints = Set(try servingEndpoints(for: slot).map(\.name))
        guard let endpoint = endpoints.min() else { return place.absent(.endpoint) }
        let runs = try shadowRuns(model: version.model, version: version.number).filter {
            endpoints.contains($0.endpoint) && $0.artifact == version.artifact
                && ($0.covers(slot.segment) || $0.covers(champion.slot.segment))
        }
        guard let newest = runs.first else { return place.absent(.run(endpoint)) }
        let beside = runs.filter { $0.started >= champion.from }
        guard !beside.isEmpty else { return place.absent(.sameChampion(newest, champion.version, since: champion.from)) }
        let fresh = beside.filter { now.since($0.stopped ?? now) <= inForce.policy.evaluation.maxAge }
        guard !fresh.isEmpty else { return place.absent(.fresh(newest)) }
        var found: [(finding: ShadowFinding, run: ShadowRun)] = []
        for run in fresh.prefix(Self.shadowRunsJudgedMax) {
            let known = judged[run.id].flatMap { $0.holds(for: run, under: inForce) ? $0 : nil }
            let shown = try known ?? JudgedShadow(run, under: inForce, policies, at: now, self)
            judged[run.id] = shown
            let report = shown.report
            let summary = ShadowSummary(report, of: run, beside: champion.version, until: shown.until)
            let finding = ShadowFinding(
                summary: summary, version: version.number, slot: slot, artifact: run.artifact, policy: inForce.digest,
                championEntry: champion.auditSequence, report: report.json, lines: report.lines)
            found.append((finding, run))
            if report.verdict == .pass { break }
        }
        guard let decisive = found.first(where: { $0.finding.summary.verdict == .pass }) ?? found.first else {
            return place.absent(.run(endpoint))
        }
        // A run that is over shows nothing more.
        let isOver = decisive.run.stopped != nil
        let remedy = isOver ? place.start(decisive.run.endpoint) : "gatehouse shadow report \(decisive.run.id)"
        return .found(decisive.finding, remedy: remedy)
    }
}

/// Where shadow evidence is looked for, in words.
private struct ShadowPlace {
    enum Gap {
        case champion
        case endpoint
        case run(String)
        case sameChampion(ShadowRun, VersionNumber, since: Timestamp)
        case fresh(ShadowRun)
    }

    let version: ModelVersion
    let slot: Slot
    let maxAge: Duration

    private var subject: String { "\(version.model) v\(version.number)" }
    private var model: String { shellQuoted(version.model.text) }

    func start(_ endpoint: String) -> String {
        let segment = slot.segment == Slot.defaultSegment ? "" : " --segment \(shellQuoted(slot.segment))"
        return "gatehouse shadow start \(model) \(version.number) --endpoint \(shellQuoted(endpoint))\(segment)"
    }

    private func again(_ run: ShadowRun) -> String {
        run.stopped == nil ? "gatehouse shadow stop \(run.id) --reason \"…\"" : start(run.endpoint)
    }

    func absent(_ gap: Gap) -> ShadowStanding {
        switch gap {
        case .champion:
            .absent(
                MissingRequirement(
                    "shadow evidence: no version answers for \(slot), so \(subject) has nothing to run beside; adopt what is in production, or give the first version a policy without 'shadow'",
                    command: "gatehouse adopt \(model) VERSION --reason \"…\""))
        case .endpoint:
            .absent(
                MissingRequirement(
                    "shadow evidence: no endpoint serves \(slot), so no gateway can copy its requests",
                    command: "gatehouse endpoint apply FILE"))
        case .run(let endpoint):
            .absent(MissingRequirement("shadow evidence: \(subject) was never in shadow for \(slot)", command: start(endpoint)))
        case .sameChampion(let run, let champion, let since):
            .absent(
                MissingRequirement(
                    "shadow evidence: \(run.id) began before v\(champion) took \(slot) at \(since), so it ran beside another version",
                    command: again(run)))
        case .fresh(let run):
            .absent(
                MissingRequirement(
                    "shadow evidence: \(run.id) ended longer ago than the policy's max_age of \(maxAge.shortText)",
                    command: start(run.endpoint)))
        }
    }
}

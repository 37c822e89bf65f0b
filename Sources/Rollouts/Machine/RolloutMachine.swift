package import GatehouseCore
import Statistics

/// Decides how much traffic a new version gets: a value that is told what happened and says what to do. It holds counts only,
/// and all of its state is `Codable`, so that it goes on after a crash exactly where it was.
///
/// The weight rises by `start` and `advance` alone. Silence, missing numbers, too few requests and a step that takes too long
/// never raise it.
package struct RolloutMachine: Codable, Sendable, Equatable {
    package enum Phase: String, Codable, Sendable, CaseIterable {
        case pending, observing, held, baking, promoted
        case needsHuman = "needs_human"
        case rolledBack = "rolled_back"

        package var isFinal: Bool { self == .promoted || self == .rolledBack }
    }

    /// What the service has to do now.
    package enum Action: Sendable, Equatable {
        case none
        case start(percent: Int)
        case advance(percent: Int)
        /// All traffic stays with the new version; the old one is kept warm.
        case bake
        case promote
        case rollBack(reason: String)
        case askHuman(reason: String)
        case hold, resume
    }

    package static let current = 1
    /// Looks in a row that must find nothing wrong before a step ends, so that one lucky second does not raise the weight.
    package static let cleanLooksMin = 3
    /// After so long without a request of the challenger nothing is known about it.
    package static let freshSecondsMax: Int64 = 300
    package static let rangeReason = "a prediction outside of the range that was promised"

    package let format: Int
    package let plan: RolloutPlan
    package private(set) var phase = Phase.pending
    /// Index into the plan's steps.
    package private(set) var step = 0
    /// When the present step, or the bake, began.
    package private(set) var phaseStartedAtMilliseconds: Int64?
    /// Where a hold or a question to a human goes back to.
    package private(set) var interrupted: Phase?
    private var interruptedAtMilliseconds: Int64?
    private var interruptedMilliseconds: Int64 = 0
    package private(set) var lastDataAtMilliseconds: Int64?
    package private(set) var verdict = RolloutVerdict(.hold, "not started")
    package private(set) var counts = RolloutCounts()
    /// What it went back for by itself; nil: it did not, or by the rules of another version of the program.
    package private(set) var harm: ProvenHarm?
    package private(set) var cleanLooks = 0
    /// Measurements of other versions or of times before the step.
    package private(set) var leftOut = 0

    /// Fails with `invalidArgument` for a plan that cannot work.
    package init(plan: RolloutPlan) throws(GatehouseError) {
        try plan.check()
        format = Self.current
        self.plan = plan
    }

    /// Per cent of the units that the new version answers now.
    package var percent: Int {
        switch phase {
        case .pending, .rolledBack: 0
        case .observing, .held, .needsHuman, .baking, .promoted: plan.steps[step]
        }
    }

    // MARK: - What happened

    /// Somebody lets it begin.
    package mutating func started(at now: Timestamp) throws(GatehouseError) -> Action {
        if phase != .pending {
            guard !phase.isFinal else { throw over("start") }
            return .none
        }
        phase = .observing
        begin(at: now)
        verdict = RolloutVerdict(.advance, "started with \(percent) %")
        return .start(percent: percent)
    }

    /// New measurements came. `outcomes` are the totals of this step; nil: none were gathered.
    package mutating func observed(_ window: RolloutWindow, outcomes: RolloutOutcomes? = nil, at now: Timestamp) -> Action {
        guard phase != .pending, !phase.isFinal else { return .none }
        leftOut += window.leftOut
        guard let started = phaseStartedAtMilliseconds, window.fromMilliseconds >= started else {
            leftOut += 1
            return waited(until: now)
        }
        counts.add(window, percent: percent, range: plan.limits.predictionRange)
        if window.challenger.rates.requests > 0 { lastDataAtMilliseconds = max(lastDataAtMilliseconds ?? 0, now.milliseconds) }
        let alpha = alphas
        if let harm = counts.provenHarm(plan.limits, alpha, outcomes: outcomes, isConcurrent: hasConcurrentChampion) {
            self.harm = harm
            return goBack(harm.reason)
        }
        guard phase == .observing || phase == .baking else { return .none }
        if let expired = expiry(at: now) { return expired }
        let enough = phase == .baking ? plan.bakeSeconds : plan.stepMinSeconds
        guard spent(at: now) >= Int64(enough) * 1000 else {
            verdict = RolloutVerdict(.hold, "no harm is proven; watched for \(enough) s at least")
            return .none
        }
        let checks = counts.checks(plan, outcomes: outcomes, isConcurrent: hasConcurrentChampion)
        return settle(checks, at: now)
    }

    /// Time went by without measurements.
    package mutating func waited(until now: Timestamp) -> Action {
        guard phase == .observing || phase == .baking else { return .none }
        if let expired = expiry(at: now) { return expired }
        // A step that has just begun is not silent yet.
        let isNew = lastDataAtMilliseconds == nil && spent(at: now) <= Self.freshSecondsMax * 1000
        if isStale(at: now), !isNew {
            cleanLooks = 0
            verdict = RolloutVerdict(.hold, "no request of the new version for \(Self.freshSecondsMax) s: nothing is known")
        }
        return .none
    }

    // MARK: - What somebody ordered

    package mutating func held(at now: Timestamp, because reason: String) throws(GatehouseError) -> Action {
        switch phase {
        case .held: return .none
        case .pending, .promoted, .rolledBack: throw over("hold")
        case .observing, .baking, .needsHuman:
            interrupt(.held, at: now)
            verdict = RolloutVerdict(.hold, reason.isEmpty ? "held by command" : "held: \(reason)")
            return .hold
        }
    }

    package mutating func resumed(at now: Timestamp) throws(GatehouseError) -> Action {
        switch phase {
        case .observing, .baking: return .none
        case .pending, .promoted, .rolledBack: throw over("resume")
        case .held, .needsHuman:
            // A question that was answered by "go on watching" gives the step its whole time again.
            if phase == .needsHuman { interruptedMilliseconds += spent(at: now) }
            phase = interrupted ?? .observing
            if let since = interruptedAtMilliseconds { interruptedMilliseconds += max(0, now.milliseconds - since) }
            (interrupted, interruptedAtMilliseconds) = (nil, nil)
            cleanLooks = 0
            verdict = RolloutVerdict(.hold, "resumed; watching")
            return .resume
        }
    }

    /// The next step without waiting for the numbers: a decision of a person, recorded as one.
    package mutating func advanceOrdered(at now: Timestamp) throws(GatehouseError) -> Action {
        switch phase {
        case .pending, .promoted, .rolledBack: throw over("advance")
        case .observing, .held, .needsHuman, .baking:
            let isBaking = (interrupted ?? phase) == .baking
            return goOn(isBaking: isBaking, at: now, because: "advanced by command, not by the numbers")
        }
    }

    /// Reaches every state that is not final; repeating it changes nothing.
    package mutating func rollbackOrdered(because reason: String) throws(GatehouseError) -> Action {
        switch phase {
        case .rolledBack: return .none
        case .promoted:
            throw GatehouseError(
                .conflict, "This rollout is over: its version is the champion.",
                hint: "Return the slot to the version before it: gatehouse rollback")
        case .pending, .observing, .held, .needsHuman, .baking:
            return goBack(reason.isEmpty ? "by command" : reason)
        }
    }
}

// MARK: - How it decides

extension RolloutMachine {
    /// At 100 % nobody else answers: what the champion did earlier is another time.
    var hasConcurrentChampion: Bool { plan.steps[step] < 100 }

    private var alphas: RolloutAlphas { RolloutAlphas(plan) }

    private mutating func settle(_ checks: [RolloutCheck], at now: Timestamp) -> Action {
        let next = RolloutVerdict(checks)
        guard next.kind == .advance, !isStale(at: now) else {
            cleanLooks = 0
            verdict = next.kind == .advance ? RolloutVerdict(.hold, "no recent request of the new version") : next
            return .none
        }
        cleanLooks += 1
        guard cleanLooks >= Self.cleanLooksMin else {
            verdict = RolloutVerdict(.hold, "nothing wrong in \(cleanLooks) of \(Self.cleanLooksMin) looks")
            return .none
        }
        return goOn(isBaking: phase == .baking, at: now, because: "every limit holds, with data enough")
    }

    private mutating func goOn(isBaking: Bool, at now: Timestamp, because reason: String) -> Action {
        verdict = RolloutVerdict(.advance, reason)
        (interrupted, interruptedAtMilliseconds) = (nil, nil)
        if isBaking {
            phase = .promoted
            return .promote
        }
        guard step + 1 < plan.steps.count else {
            phase = .baking
            begin(at: now)
            return .bake
        }
        step += 1
        phase = .observing
        begin(at: now)
        return .advance(percent: percent)
    }

    private mutating func goBack(_ reason: String) -> Action {
        phase = .rolledBack
        (interrupted, interruptedAtMilliseconds) = (nil, nil)
        verdict = RolloutVerdict(.rollback, reason)
        return .rollBack(reason: reason)
    }

    /// What has gone on for too long. A bake may last as much longer as a step may last at most.
    private mutating func expiry(at now: Timestamp) -> Action? {
        let most = phase == .baking ? plan.bakeSeconds + plan.stepMaxSeconds : plan.stepMaxSeconds
        guard spent(at: now) > Int64(most) * 1000 else { return nil }
        let reason = "no answer within \(most) s: \(verdict.reason)"
        switch plan.whenStepExpires {
        case .rollBack: return goBack(reason)
        case .askHuman:
            interrupt(.needsHuman, at: now)
            verdict = RolloutVerdict(.needsHuman, reason)
            return .askHuman(reason: reason)
        }
    }

    private mutating func interrupt(_ phase: Phase, at now: Timestamp) {
        if interrupted == nil {
            interrupted = self.phase
            interruptedAtMilliseconds = now.milliseconds
        }
        self.phase = phase
    }

    /// Milliseconds of watching in this step, without the time that somebody held it. Never negative, even where the clock
    /// went back.
    package func spent(at now: Timestamp) -> Int64 {
        guard let start = phaseStartedAtMilliseconds else { return 0 }
        let end = interruptedAtMilliseconds.map { min($0, now.milliseconds) } ?? now.milliseconds
        return max(0, end - start - interruptedMilliseconds)
    }

    private func isStale(at now: Timestamp) -> Bool {
        guard let last = lastDataAtMilliseconds else { return true }
        return now.milliseconds - last > Self.freshSecondsMax * 1000
    }

    private mutating func begin(at now: Timestamp) {
        phaseStartedAtMilliseconds = now.milliseconds
        interruptedMilliseconds = 0
        lastDataAtMilliseconds = nil
        cleanLooks = 0
        counts.begin()
    }

    private func over(_ order: String) -> GatehouseError {
        let state = phase == .pending ? "has not started" : "is over (\(phase.rawValue))"
        return GatehouseError(
            .conflict, "This rollout \(state); it cannot \(order).", hint: "Look at its state before giving it an order.")
    }
}

import GatehouseCore
package import WireAPI

/// Carries out what `DeploymentMachine` says, and keeps what came of it.
package struct DeploymentRun: Sendable {
    package struct Result: Sendable {
        package let outcome: DeploymentMachine.Outcome
        package let reason: String?
        package let health: DeploymentHealth
        package let golden: DeploymentGolden
        /// Of what is at the target now.
        package let revision: String?
    }

    package let target: any DeploymentTarget
    /// A URL that is to say that it is well.
    package var healthCheck: HealthCheck?
    package var golden: GoldenSuite?
    package var limit: Duration
    /// Heard between the steps, and while one only waits: a change that has begun is finished, and then taken back.
    package var interruption = Interruption()
    /// Told what is done, in words.
    package var tell: @Sendable (String) -> Void = { _ in }

    package init(target: any DeploymentTarget, limit: Duration) {
        self.target = target
        self.limit = limit
    }

    /// Never fails: what goes wrong is the result. `notes` are for the change, and for taking it back because of a reason.
    package func run(
        _ changes: [PinChange], isThere: Bool, notes: (pin: ChangeNote, takeBack: @Sendable (String, String?) -> ChangeNote)
    ) async -> Result {
        var machine = DeploymentMachine(isThere: isThere)
        var (health, answers) = (DeploymentHealth.none, DeploymentGolden.none)
        var revision: String?
        while true {
            if machine.mayBeInterrupted, let reason = interruption.reason { machine.tell(.interrupted(reason)) }
            switch machine.act {
            case .apply:
                tell("pinning at \(target.name)")
                do {
                    revision = try await target.write(changes, notes.pin).revision
                    machine.tell(.applied)
                } catch {
                    machine.tell(.notApplied(Self.words(error)))
                }
            case .awaitHealth:
                guard let found = await interruption.unlessRaised({ await lookAtHealth() }) else {
                    interruption.raise("interrupted")
                    continue
                }
                health = found
                machine.tell(health.state == "failed" ? .unhealthy(health.reason ?? "it is not well") : .healthy)
            case .askGolden:
                guard let found = await interruption.unlessRaised({ await askGolden() }) else {
                    interruption.raise("interrupted")
                    continue
                }
                answers = found
                machine.tell(answers.state == "failed" ? .answeredWrongly(Self.words(answers)) : .answered)
            case .restore:
                tell("taking it back: \(machine.reason ?? "")")
                do {
                    let note = notes.takeBack(machine.reason ?? "", revision)
                    let written = try await target.write(changes.map(\.reversed), note)
                    revision = written.revision ?? revision
                    machine.tell(.restored(wasChanged: written.hasChanged))
                } catch {
                    machine.tell(.notRestored(Self.words(error)))
                }
            case .end(let outcome):
                return Result(
                    outcome: outcome, reason: machine.reason, health: health, golden: answers, revision: revision)
            }
        }
    }

    private func lookAtHealth() async -> DeploymentHealth {
        var seen: [DeploymentHealth] = []
        do {
            tell("waiting for health, up to \(limit.shortText)")
            if let found = try await target.health(within: limit) { seen.append(found) }
            if !seen.contains(where: { $0.state == "failed" }), let healthCheck {
                seen.append(try await healthCheck.wait(within: limit))
            }
        } catch {
            seen.append(DeploymentHealth(state: "failed", how: target.name, reason: Self.words(error)))
        }
        guard let last = seen.last else { return .none }
        return DeploymentHealth(
            state: last.state, how: seen.compactMap(\.how).joined(separator: "; "),
            sawVersion: seen.compactMap(\.sawVersion).last, reason: last.reason)
    }

    private func askGolden() async -> DeploymentGolden {
        guard let golden else { return .none }
        tell("asking \(golden.requests.count) golden requests")
        return await golden.ask()
    }

    private static func words(_ golden: DeploymentGolden) -> String {
        let first = golden.failures.first.map { ": \($0.name): \($0.reason)" } ?? ""
        return "\(golden.asked - golden.passed) of \(golden.asked) golden requests failed\(first)"
    }

    private static func words(_ error: any Error) -> String {
        guard let ours = error as? GatehouseError else { return "\(error)" }
        return ([ours.message] + ours.details.prefix(5)).joined(separator: " ")
    }
}

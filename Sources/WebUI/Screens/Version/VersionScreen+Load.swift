import Access
import GatehouseCore
import Gates
import HTTPAPI
import Promotions
import Registry
import Storage

extension VersionScreen {
    static func load(_ page: PageRequest) async throws -> VersionScreen {
        let caller = try page.caller(who: .read)
        let (name, number) = (try page.model(), try page.version())
        let services = page.services
        let manifest = try await services.store.read { tx in
            try tx.requiredVersion(number, of: name).artifact.map { try tx.manifest(of: $0) }
        }
        let card = await card(in: manifest, services.artifacts)
        return try await services.store.read { tx in
            let version = try tx.requiredVersion(number, of: name)
            let evaluations = try tx.evaluations(of: name, version: number, limit: evaluationsMax)
            let measured = evaluations.first { $0.state == .finished }
            let waived = try measured.map { try services.transitions.waivedChecks($0, tx) } ?? []
            let active = try tx.occupancies(of: name, version: number)
            return VersionScreen(
                version: version, manifest: manifest, run: try version.runID.flatMap { try tx.runInfo($0) },
                active: active,
                rolledBack: try tx.timesRolledBack(version).first { time in
                    !active.contains { $0.slot == time.slot && $0.from > time.time }
                },
                outlook: try nextStage(after: version.stage).map { stage in
                    try services.transitions.outlook(
                        TransitionRequest(model: name, version: number, to: stage, by: caller), tx)
                }, policy: try services.policies.policy(for: name, tx).reference, evaluations: evaluations,
                lines: measured?.results.map { CheckLine($0, waived: waived) } ?? [],
                comparisons: comparisons(of: measured?.results ?? []),
                promotions: try tx.promotions(PromotionFilter(model: name, version: number), limit: promotionsMax),
                deployments: try tx.deployments(of: name, version: number, limit: deploymentsMax),
                statements: try tx.signedStatements(of: name, version: number, limit: statementsMax), card: card)
        }
    }

    private static func card(in manifest: ArtifactManifest?, _ artifacts: any ArtifactStore) async -> CardFinding {
        guard let manifest else { return .none }
        do {
            guard let found = try await artifacts.modelCard(in: manifest) else { return .none }
            return .card(path: found.path, limitations: found.card.knownLimitations)
        } catch {
            return .unreadable((error as? GatehouseError)?.message ?? "The model card could not be read.")
        }
    }

    // MARK: Actions, by the rules of the API's routes

    /// Opens a promotion.
    static func promote(_ page: PageRequest, _ form: Form) async throws -> String {
        let (name, number) = (try page.model(), try page.version())
        let promotion = try await page.services.promotions.open(
            name, number, to: Stage(parsing: form.required("to", label: "Target stage")),
            in: Slot.named(name, environment: form.optional("environment"), segment: form.optional("segment")),
            by: page.caller(), reason: form.optional("reason"))
        page.services.wake()
        return Address.promotion(promotion.id)
    }

    /// Moves it to Archived, if it is still where the page showed it.
    static func archive(_ page: PageRequest, _ form: Form) async throws -> String {
        let (name, number) = (try page.model(), try page.version())
        _ = try await page.services.transitions.transition(
            TransitionRequest(
                model: name, version: number, to: .archived, by: page.caller(),
                reason: form.required("reason", label: "Reason"),
                expectedStage: form.optional("stage").map { try Stage(parsing: $0) }))
        return Address.version(name, number)
    }

    static func evaluate(_ page: PageRequest) async throws -> String {
        let (name, number) = (try page.model(), try page.version())
        let caller = try page.caller(who: .evaluate(name))
        _ = try await page.services.evaluations.open(name, number, by: caller.principal)
        page.services.wake()
        return Address.version(name, number) + "#evaluations"
    }
}

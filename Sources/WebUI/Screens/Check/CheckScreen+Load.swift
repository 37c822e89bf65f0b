import Access
import GatehouseCore
import Gates
import HTTPAPI
import Promotions
import Registry
import Storage

extension CheckScreen {
    static func load(_ page: PageRequest) async throws -> CheckScreen {
        _ = try page.caller(who: .read)
        let (id, name) = (try page.segment("id"), try page.segment("name"))
        let services = page.services
        return try await services.store.read { tx in
            let promotion = try tx.requiredPromotion(id)
            guard let evaluation = try promotion.evaluationID.flatMap({ try tx.evaluation(id: $0) }),
                let result = evaluation.results.first(where: { $0.name == name })
            else {
                throw GatehouseError(
                    .notFound, "The promotion \(promotion.id) has no result of a check '\(name.prefix(80))'.",
                    hint: "Its page lists the checks that were run.")
            }
            let waived = try services.transitions.waivedChecks(evaluation, tx)
            let line = CheckLine(result, waived: waived)
            let waivers = try tx.waivers(of: promotion.model, version: promotion.version, limit: 100)
            return CheckScreen(
                promotion: promotion, evaluation: evaluation, line: line,
                settings: try settings(of: name, evaluation, services.policies, tx),
                history: try history(of: line, evaluation, tx),
                waivers: try waivers.filter { $0.check == name }.map { try services.transitions.record(of: $0, tx) })
        }
    }

    /// As the policy had it that judged, not the one of today.
    private static func settings(
        of check: String, _ evaluation: Evaluation, _ book: PolicyBook, _ tx: SQLTransaction
    ) throws -> JSONValue? {
        guard let reference = try? NamedVersion(parsing: evaluation.policyReference), let number = reference.version,
            let version = try tx.policy(reference.name, number)
        else { return book.defaultPolicy(for: evaluation.model).policy.ground(of: check)?["check"] }
        return try PolicyParser.parse(version.text, file: version.reference).ground(of: check)?["check"]
    }

    private static func history(of line: CheckLine, _ evaluation: Evaluation, _ tx: SQLTransaction) throws -> [Earlier] {
        let versions = try tx.versions(of: evaluation.model, before: evaluation.version, limit: versionsMax)
        return try versions.compactMap { version in
            guard let other = try tx.latestFinishedEvaluation(of: evaluation.model, version: version.number),
                let result = other.results.first(where: { $0.name == line.result.name })
            else { return nil }
            let same = result.judgement.measurements.first {
                $0.metric == line.deciding?.metric && $0.subject == line.deciding?.subject
            }
            return Earlier(
                version: version.number, evaluation: other.id, policy: other.policyReference, line: CheckLine(result),
                measurement: same)
        }
    }

    // MARK: Waivers, by the rules of the API's routes

    static func askWaiver(_ page: PageRequest, _ form: Form) async throws -> String {
        _ = try page.caller(who: .read)
        let (id, name) = (try page.segment("id"), try page.segment("name"))
        let promotion = try await page.services.store.read { tx in try tx.requiredPromotion(id) }
        guard let days = Int(try form.required("days", label: "Days")) else {
            throw GatehouseError(.invalidArgument, "Days is not a whole number.", hint: "Write 1 to \(Waiver.daysMax).")
        }
        _ = try await page.services.waivers.request(
            name, of: promotion.model, promotion.version, days: days, reason: try form.required("reason", label: "Reason"),
            by: page.caller())
        return Address.check(id, name) + "#waiver"
    }

    static func approveWaiver(_ page: PageRequest, _ form: Form) async throws -> String {
        let caller = try page.caller(who: .read)
        _ = try await page.services.waivers.approve(try page.segment("waiver"), comment: form["reason"], by: caller)
        return Address.check(try page.segment("id"), try page.segment("name")) + "#waiver"
    }

    static func revokeWaiver(_ page: PageRequest, _ form: Form) async throws -> String {
        let caller = try page.caller(who: .read)
        _ = try await page.services.waivers.revoke(try page.segment("waiver"), reason: form["reason"], by: caller)
        return Address.check(try page.segment("id"), try page.segment("name")) + "#waiver"
    }
}

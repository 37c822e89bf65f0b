import Access
import GatehouseCore
import Registry
import Storage

@testable import Promotions

extension Workshop {
    var waivers: WaiverService { WaiverService(transitions) }
    var breakGlass: BreakGlassService { BreakGlassService(transitions) }
    var rollbacks: RollbackService { RollbackService(transitions) }
    var afterReviews: AfterTheFactService { AfterTheFactService(transitions) }
    var backtests: BacktestService { BacktestService(store: store, policies: policies) }

    /// Somebody else, who may do everything unless told otherwise.
    func person(_ name: String, _ roles: Role...) -> Caller {
        Caller(principal: .user(name), grants: roles.isEmpty ? .everything : Grants(roles.map { Grant($0) }))
    }

    /// A version whose check `accuracy` fails, evaluated; nothing else is asked of it.
    func failing(_ more: String = "") async throws -> (ModelName, VersionNumber) {
        let model = try await model()
        let version = try await version(of: model, LoanModel.weak)
        try await dataset()
        try await policy(Rules.text(more: more))
        try await evaluate(version, of: model)
        return (model, version)
    }

    func asked(_ version: VersionNumber, of model: ModelName, days: Int = 14) async throws -> Waiver {
        try await waivers.request(
            "accuracy", of: model, version, days: days, reason: "the threshold is for full-size loans", by: person("rita"))
    }

    /// A waiver that two people without a part in the version approved.
    @discardableResult
    func waived(_ version: VersionNumber, of model: ModelName, days: Int = 14) async throws -> Waiver {
        let asked = try await asked(version, of: model, days: days)
        _ = try await waivers.approve(asked.id, comment: "", by: person("ben"))
        return try await waivers.approve(asked.id, comment: "", by: person("cleo"))
    }

    func state(_ waiver: Waiver) async throws -> Waiver.State {
        try await store.read { tx in
            guard let now = try tx.waiver(id: waiver.id) else { return .void }
            return try transitions.record(of: now, tx).state
        }
    }

    func trainingRun(of user: String) async throws -> String {
        try await Tracking(registry).createRun(RunRequest(userID: user)).info.id
    }

    /// A token that somebody made, so that its maker stands behind it.
    func token(_ name: String, madeBy maker: Principal) async throws -> Caller {
        let now = clock.now
        _ = try await store.write { tx in
            try tx.execute(
                """
                INSERT INTO access_token (name, digest, created_at, created_by)
                VALUES (\(name), \("digest of " + name), \(now), \(maker))
                """)
        }
        return Caller(principal: .token(name), grants: .everything)
    }

    /// Puts versions into Production one after the other, as nothing but `warn` would let them.
    func served(_ model: ModelName, _ versions: VersionNumber...) async throws {
        for version in versions {
            try await move(version, of: model, to: .production, reason: "test")
            clock.advance(by: .seconds(60))
        }
    }

    func rollBack(
        _ model: ModelName, to version: VersionNumber? = nil, key: String? = nil, by caller: Caller? = nil,
        in slot: Slot? = nil
    ) async throws -> AfterTheFactReview {
        clock.advance(by: .seconds(60))
        return try await rollbacks.rollBack(
            RollbackRequest(
                slot: slot ?? Slot(model: model), to: version, reason: "it declines everybody", idempotencyKey: key,
                by: caller ?? self.caller))
    }
}

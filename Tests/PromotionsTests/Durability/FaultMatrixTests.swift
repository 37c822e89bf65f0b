import AuditLog
import Foundation
import GatehouseCore
import Registry
import Storage
import Testing

@testable import Promotions

/// Every transaction of a change × the disk failing before or after it is written, once or for good. The server is then
/// started again on what is on disk.
@Suite("When the disk fails under a change", .timeLimit(.minutes(10)))
struct FaultMatrixTests {
    /// A change whose writes are durable.
    enum Change: CaseIterable, Sendable {
        case register, promote, evaluate, adopt, rollback, refuse
    }

    static let model = "credit-risk"

    @Test(
        "records agree with each other, what was acknowledged is there, and the change can be done again",
        arguments: Change.allCases)
    func matrix(change: Change) async throws {
        let writes = try await withPrepared(change) { shop in
            shop.store.arm(nil)
            #expect(await Self.isAcknowledged(change, in: shop))
            return shop.store.writes
        }
        #expect(writes >= 1)
        for write in 1...writes {
            for moment in WatchedStore.Moment.allCases {
                for isLasting in [true, false] {
                    try await strike(change, .init(write: write, moment: moment, isLasting: isLasting), of: writes)
                }
            }
        }
    }

    private func strike(_ change: Change, _ fault: WatchedStore.Fault, of writes: Int) async throws {
        let place = Comment(rawValue: "\(change), \(fault) of \(writes)")
        try await withPrepared(change) { shop in
            let before = try await Self.snapshot(shop)
            shop.store.arm(fault)
            let isAcknowledged = await Self.isAcknowledged(change, in: shop)
            try await shop.store.close()

            let again = try await Workshop(
                folder: shop.folder, clock: shop.clock, ids: CountingIDs(after: 50_000))
            let consistency = RecordConsistency(model: try ModelName(Self.model))
            #expect(try await consistency.problems(in: again.store) == [], place)
            if fault.write == writes {
                // The last write decides: all of it or nothing of it, and all of it when the caller was told so.
                let isDone = try await Self.isDone(change, in: again)
                #expect(isDone == (fault.moment == .afterCommit) || isAcknowledged, place)
                #expect(isDone || !isAcknowledged, place)
            }
            if fault.write == 1, fault.moment == .beforeCommit, fault.isLasting {
                #expect(try await Self.snapshot(again) == before, place)
            }
            try await again.work()
            _ = await Self.isAcknowledged(change, in: again)
            #expect(try await Self.isDone(change, in: again), place)
            #expect(try await consistency.problems(in: again.store) == [], place)
            try await again.store.close()
        }
    }

    // MARK: The changes

    /// A server on which the change is possible. v1 has served, v2 serves, v3 is new.
    private func withPrepared<T>(_ change: Change, _ body: (Workshop) async throws -> T) async throws -> T {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("gatehouse-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let shop = try await Workshop(folder: folder)
        let model = try await shop.model(Self.model)
        try await shop.dataset()
        switch change {
        case .register: _ = try await shop.upload(LoanModel.good)
        case .promote, .evaluate, .refuse:
            let version = try await shop.version(of: model)
            try await shop.policy(Rules.text())
            if change == .evaluate { _ = try await shop.promotions.open(model, version, to: .staging, by: shop.caller) }
        case .adopt: try await shop.version(of: model)
        case .rollback:
            let old = try await shop.version(of: model, LoanModel.weak)
            let new = try await shop.version(of: model)
            try await shop.policy(Rules.text(enforcement: "warn"))
            try await shop.move(old, of: model, to: .production)
            try await shop.move(new, of: model, to: .production)
            try await shop.policy(Rules.text())
        }
        return try await body(shop)
    }

    /// Asks for the change. Whether the caller was told that it is done.
    private static func isAcknowledged(_ change: Change, in shop: Workshop) async -> Bool {
        do {
            try await request(change, in: shop)
            return true
        } catch {
            return false
        }
    }

    private static func request(_ change: Change, in shop: Workshop) async throws {
        let model = try ModelName(Self.model)
        let first = try VersionNumber(1)
        switch change {
        case .register:
            _ = try await shop.registrations.register(
                VersionRequest(
                    model: model, source: "test", manifest: try await shop.upload(LoanModel.good), idempotencyKey: "once"),
                by: shop.ada)
        case .promote:
            _ = try await shop.promotions.open(model, first, to: .staging, by: shop.caller, idempotencyKey: "once")
        case .evaluate:
            let open = try await shop.store.read { tx in try tx.openEvaluations() }
            for evaluation in open { try await shop.evaluations.perform(evaluation.id) }
        case .adopt:
            try await shop.adoptions.adopt(first, into: Slot(model: model), reason: "ran before", by: shop.ada)
        case .rollback: try await shop.move(first, of: model, to: .production, reason: "declines tripled")
        case .refuse:
            do {
                try await shop.move(first, of: model, to: .production, reason: "please")
            } catch let error as GatehouseError where error.code == .blockedByPolicy {
                // Refused as it should be; the refusal is what must be durable.
            }
        }
    }

    private static func isDone(_ change: Change, in shop: Workshop) async throws -> Bool {
        let model = try ModelName(Self.model)
        let first = try VersionNumber(1)
        switch change {
        case .register: return try await shop.store.read { tx in try tx.version(first, of: model) != nil }
        case .promote:
            return try await shop.store.read { tx in try tx.promotion(model: model, idempotencyKey: "once") != nil }
        case .evaluate: return try await shop.stage(first, of: model) == .staging
        case .adopt, .rollback: return try await shop.holder(of: Slot(model: model)) == first
        case .refuse: return try await !shop.log(AuditFilter(action: .transitionRefused)).isEmpty
        }
    }

    /// What a fault before the first write must leave as it was.
    private static func snapshot(_ shop: Workshop) async throws -> [String] {
        let model = try ModelName(Self.model)
        return try await shop.store.read { tx in
            let versions = try Stage.allCases.flatMap { try tx.versions(of: model, in: $0) }.map { "\($0)" }
            let occupancies = try tx.occupancies(of: model).map { "\($0)" }
            return versions + occupancies + ["\(try tx.auditEntryCount()) entries"]
        }
    }
}

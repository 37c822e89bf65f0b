import ArgumentParser
import AuditLog
import Foundation
import GatehouseCore
import Storage
import StorageSQLite

/// How fast the log itself takes entries: writers that each wait until their entry is on disk, in one process, and the
/// integrator that signs behind them. What HTTP and the decision before the entry cost is not in it.
@main
struct LogBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log-bench",
        abstract: "Appends entries from many writers and prints their number and waiting times as JSON.",
        discussion: "FOLDER becomes a data folder that 'gatehouse audit verify FOLDER' checks.")

    @Argument var folder: String
    @Option var writers = 64
    @Option var seconds = 10.0
    @Flag(help: "Each entry with a reason, which lies beside the log under its own commitment.") var reason = false

    func run() async throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let store = try await SQLiteStore.open(path: "\(folder)/gatehouse.db")
        try await store.migrate(AuditMigrations.all, at: Self.now())
        let directory = TileDirectory(path: "\(folder)/audit")
        let key = try LogKeyFiles(directory: directory).open(origin: "bench.example/log") { Array(repeating: 7, count: $0) }
        let integrator = try await LogOpening(
            store: store, directory: directory, signers: [key], origin: "bench.example/log", now: Self.now
        ).open()
        let clock = ContinuousClock()
        let started = clock.now
        let deadline = started.advanced(by: .seconds(seconds))
        let (withReason, commits) = (reason, store.commitCount ?? 0)
        let waits = try await withThrowingTaskGroup(of: [Duration].self) { group in
            group.addTask { try await Self.integrate(integrator, until: deadline) }
            for writer in 0..<writers {
                group.addTask {
                    var waits: [Duration] = []
                    while clock.now < deadline {
                        let draft = Self.draft(writer, waits.count, reason: withReason ? "reason \(writer) \(waits.count)" : "")
                        let asked = clock.now
                        try await store.write { tx in _ = try tx.append(draft) }
                        waits.append(clock.now - asked)
                    }
                    return waits
                }
            }
            return try await group.reduce(into: [], +=).sorted()
        }
        let took = clock.now - started
        let committed = (store.commitCount ?? 0) - commits
        try await store.close()
        let answer: JSONValue = [
            "writers": .integer(Int64(writers)), "entries": .integer(Int64(waits.count)), "seconds": .number(took / .seconds(1)),
            "commits": .integer(Int64(committed)), "p50_ms": .number(waits[waits.count / 2] / .milliseconds(1)),
            "p99_ms": .number(waits[waits.count * 99 / 100] / .milliseconds(1)),
        ]
        print(answer.canonicalText)
    }

    /// As the server's sequencer: five times a second, and once more at the end.
    private static func integrate(_ opened: LogIntegrator, until deadline: ContinuousClock.Instant) async throws -> [Duration] {
        var integrator = opened
        while ContinuousClock.now < deadline {
            while try await integrator.integrate() > 0 {}
            try await Task.sleep(for: .milliseconds(200))
        }
        while try await integrator.integrate() > 0 {}
        return []
    }

    private static func draft(_ writer: Int, _ number: Int, reason: String) -> AuditDraft {
        AuditDraft(
            id: "bench-\(writer)-\(number)", time: now(), principal: .user("writer-\(writer)"), action: .transitionGranted,
            outcome: .granted, reason: reason,
            facts: ["from": "None", "to": "Staging", "policy": .string("sha256:" + String(repeating: "5f", count: 32))])
    }

    @Sendable private static func now() -> Timestamp {
        Timestamp(milliseconds: Int64(Date.now.timeIntervalSince1970 * 1000))
    }
}

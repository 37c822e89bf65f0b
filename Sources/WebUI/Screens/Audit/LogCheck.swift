import AuditLog
import Dispatch
import GatehouseCore
import Storage
import Synchronization

/// Verifies the stored log in place: signature, root, tiles, entries, and the database's table against them. The work is
/// bounded, and one at a time does it. A class because all requests share that one place.
final class LogCheck: Sendable {
    /// Logs with more entries are verified at their end only; the whole is for `gatehouse audit verify`.
    static let wholeEntriesMax: Int64 = 50_000
    static let newestEntriesMax: Int64 = 1000

    /// What was looked at, and what came of it.
    struct Outcome: Sendable {
        let at: Timestamp
        let checkpoint: Checkpoint?
        /// Entries that lead to the signed root and are the same in the database.
        let entries: Int64
        /// Whether that is the whole log.
        let isWhole: Bool
        /// Entries that no checkpoint covers yet.
        let unsigned: Int64
        let findings: [LogFinding]
        /// Also those that are not listed.
        let findingCount: Int

        var isSound: Bool { findingCount == 0 }
    }

    private let isBusy = Mutex(false)

    /// Fails with `tooManyRequests` while another one runs.
    func run(_ log: PublishedLog, _ store: any SQLStore, at now: Timestamp) async throws -> Outcome {
        guard begin() else {
            throw GatehouseError(
                .tooManyRequests, "Somebody else verifies the log at this moment.", hint: "Try again in a few seconds.",
                retryAfterSeconds: 5)
        }
        defer { isBusy.withLock { $0 = false } }
        // A checkpoint that is missing or cannot be read is a finding, which the whole check names.
        let size = (try? log.latest())?.checkpoint.size ?? 0
        return size <= Self.wholeEntriesMax
            ? try await whole(log, store, at: now) : try await newest(log, store, size: size, at: now)
    }

    private func begin() -> Bool {
        isBusy.withLock { isBusy in
            guard !isBusy else { return false }
            isBusy = true
            return true
        }
    }

    private func whole(_ log: PublishedLog, _ store: any SQLStore, at now: Timestamp) async throws -> Outcome {
        let files = TileVerification(directory: log.directory, key: log.key)
        var (verdict, leaves) = try await Self.apart { try files.run() }
        try await TableVerification(store: store, key: log.key).run(&verdict, leaves: leaves)
        return Outcome(
            at: now, checkpoint: verdict.checkpoint, entries: verdict.entries, isWhole: true, unsigned: verdict.unsigned,
            findings: verdict.findings, findingCount: verdict.findingCount)
    }

    /// The signature, the root that the tiles come to, and each of the newest entries from its bytes up to that root.
    private func newest(_ log: PublishedLog, _ store: any SQLStore, size: Int64, at now: Timestamp) async throws -> Outcome {
        let (note, checkpoint) = try log.latest()
        var findings: [LogFinding] = []
        if !log.key.verifies(note) { findings.append(LogFinding(.checkpoint, "is not signed by \(log.key.vkey)")) }
        let first = max(1, size - Self.newestEntriesMax + 1)
        findings += try await Self.apart { try Self.unproven(first, checkpoint, log) }
        var sequence = first
        while sequence <= size, findings.count < LogVerdict.findingsMax {
            let after = sequence - 1
            do {
                let page = try await store.read { tx in try tx.auditEntries(after: after, limit: SQLTransaction.auditPageMax) }
                let expected = min(size, after + Int64(SQLTransaction.auditPageMax))
                guard page.count >= expected - after, page.last?.sequence ?? 0 >= expected else {
                    findings.append(LogFinding(.entry(sequence), "of the database, or one behind it, is missing"))
                    break
                }
                findings += try await Self.apart { try Self.differing(page, checkpoint, log) }
                sequence = expected + 1
            } catch let error as GatehouseError where error.code == .integrity {
                findings.append(LogFinding(.entry(sequence), "of the database, or one behind it: \(error.message)"))
                break
            }
        }
        let stored = try await store.read { tx in try tx.auditEntryCount() }
        return Outcome(
            at: now, checkpoint: checkpoint, entries: findings.isEmpty ? size - first + 1 : 0, isWhole: false,
            unsigned: max(0, stored - size), findings: findings, findingCount: findings.count)
    }

    /// Entries from `first` on whose bytes and hashes in the files do not lead to the signed root.
    private static func unproven(_ first: Int64, _ checkpoint: Checkpoint, _ log: PublishedLog) throws -> [LogFinding] {
        var tiles = log.directory.hashes(treeSize: checkpoint.size)
        return try (first...checkpoint.size).compactMap { sequence in
            do {
                let bytes = try log.directory.entry(sequence - 1, treeSize: checkpoint.size)
                let proof = try tiles.inclusionProof(of: sequence - 1)
                guard !proof.proves(leaf: .leaf(bytes), root: checkpoint.root) else { return nil }
                return LogFinding(.entry(sequence), "does not lead to the signed root")
            } catch let error as GatehouseError where error.code == .integrity {
                return LogFinding(.entry(sequence), "cannot be proven: \(error.message)")
            }
        }
    }

    private static func differing(_ page: [AuditEntry], _ checkpoint: Checkpoint, _ log: PublishedLog) throws -> [LogFinding] {
        var tiles = log.directory.hashes(treeSize: checkpoint.size)
        return try page.filter { $0.sequence <= checkpoint.size }.compactMap { entry in
            guard try tiles.leaf(entry.sequence - 1) != .leaf(entry.leaf.canonicalBytes) else { return nil }
            return LogFinding(.entry(entry.sequence), "of the database is not the one in the tree")
        }
    }

    /// Off the threads that answer requests: files are read and hashed.
    private static func apart<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(with: Result(catching: body)) }
        }
    }
}

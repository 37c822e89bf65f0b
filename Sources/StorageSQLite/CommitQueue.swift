import GRDB
import GatehouseCore
import Storage
import Synchronization

/// Lets transactions that wait at the same time share one commit, and so one wait for the disk.
///
/// They run one after the other inside one SQLite transaction, each in a savepoint of its own: one that fails is taken back
/// alone. Nobody is answered before the commit is on disk; if that fails, it fails for all. Whoever is alone waits for nobody.
struct CommitQueue: Sendable {
    /// Transactions that share a commit at most, and how long the first of them waits for the others to run.
    static let batchMax = 256
    static let batchMillisecondsMax: Int64 = 10
    static let attemptsMax = 3

    /// A transaction that waits.
    struct Job: Sendable {
        /// Runs the body in the open transaction; what came of it is kept inside.
        let run: @Sendable (Database) -> Void
        /// Answers the caller, once it is known whether the commit is on disk.
        let finish: @Sendable ((any Error)?) -> Void
    }

    private let pool: DatabasePool
    private let spliced: SplicedStatements
    private let line = WaitingLine<Job>(workersMax: 1)
    private let commits: CommitCount

    init(pool: DatabasePool, spliced: SplicedStatements, commits: CommitCount) {
        self.pool = pool
        self.spliced = spliced
        self.commits = commits
    }

    func write<T: Sendable>(_ body: @escaping @Sendable (SQLTransaction) throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            let outcome = Outcome<T>()
            let job = Job(
                run: { connection in
                    outcome.keep(Result { try run(body, on: connection) })
                },
                finish: { failure in
                    continuation.resume(with: failure.map { .failure($0) } ?? outcome.taken)
                })
            // A callback, not GRDB's asynchronous call: that one stops when the task that happened to come first is cancelled.
            if line.add(job) { pool.asyncWriteWithoutTransaction { drain($0) } }
        }
    }

    private func run<T>(_ body: (SQLTransaction) throws -> T, on connection: Database) throws -> T {
        var result: T?
        try connection.inSavepoint {
            result = try body(SQLTransaction(SQLiteConnection(connection: connection, spliced: spliced, purpose: .writing)))
            return .commit
        }
        guard let result else { throw GatehouseError(.internalFailure, "A transaction ended without a result.") }
        return result
    }

    private func drain(_ connection: Database) {
        while case let first = line.take(max: 1), !first.isEmpty { commit(first, on: connection) }
    }

    /// Runs `first` and whatever else waits by then, and commits.
    private func commit(_ first: [Job], on connection: Database) {
        var batch = first
        var failure: (any Error)?
        for attempt in 1...Self.attemptsMax {
            do {
                try connection.inTransaction(.immediate) {
                    try run(&batch, on: connection)
                    return .commit
                }
                failure = nil
                commits.add()
            } catch {
                failure = SQLiteFailure.translate(error, in: .writing)
            }
            // The busy timeout has been waited for already. Nothing of the batch happened, so all of it may run again.
            guard let failure, SQLiteFailure.isBusy(failure), attempt < Self.attemptsMax else { break }
        }
        for job in batch { job.finish(failure) }
    }

    private func run(_ batch: inout [Job], on connection: Database) throws {
        let started = ContinuousClock.now
        for job in batch { try run(job, on: connection) }
        while batch.count < Self.batchMax, started.duration(to: .now) < .milliseconds(Self.batchMillisecondsMax),
            let job = line.next()
        {
            batch.append(job)
            try run(job, on: connection)
        }
    }

    private func run(_ job: Job, on connection: Database) throws {
        job.run(connection)
        // A full disk makes SQLite take back the whole transaction, the neighbours' part too.
        guard connection.isInsideTransaction else {
            throw GatehouseError(
                .unavailable, "The database took the transaction back: the disk is full or failing.",
                hint: "Check free space of the data folder, then try again.")
        }
    }
}

/// How many commits there were. A class because the store's copies share it.
final class CommitCount: Sendable {
    private let count = Atomic<UInt64>(0)

    var value: UInt64 { count.load(ordering: .acquiring) }
    func add() { count.add(1, ordering: .releasing) }
}

/// What a body came to, until its caller may be told. A class because the two closures of a job share it.
final class Outcome<T: Sendable>: Sendable {
    private let result = Mutex<Result<T, any Error>?>(nil)

    func keep(_ result: Result<T, any Error>) {
        self.result.withLock { $0 = result.mapError { SQLiteFailure.translate($0, in: .writing) } }
    }

    var taken: Result<T, any Error> {
        result.withLock { $0 }
            ?? .failure(GatehouseError(.internalFailure, "A transaction was committed before it ran."))
    }
}

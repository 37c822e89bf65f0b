import AuditLog
import Foundation
import GatehouseCore
import Storage
import StorageSQLite
import Synchronization
import Testing

@testable import Access

/// Accounts on a fresh database file, with a clock that is set by hand, bytes that count, and cheap password hashes.
struct AccessFixture {
    static let start = Timestamp(milliseconds: 1_700_000_000_000)
    static let cheap = PasswordHash.Cost(log2Rounds: 4, blockSize: 1, parallelism: 1)
    static let root = Principal.system("test")

    let store: CountingStore
    let clock: HandClock
    let accounts: AccountService
    let authenticator: Authenticator

    static func run(_ body: (AccessFixture) async throws -> Void) async throws {
        try await runEmpty { base in
            let store = CountingStore(base)
            try await store.migrate(AuditMigrations.all + AccessMigrations.all, at: start)
            let clock = HandClock(start)
            let (ids, bytes) = (Counter(), Counter())
            let cache = CallerCache()
            let accounts = AccountService(
                store: store, cache: cache, now: { clock.now }, ids: { "id-\(ids.next())" },
                random: { Array(repeating: UInt8(truncatingIfNeeded: bytes.next()), count: $0) }, cost: cheap)
            let authenticator = Authenticator(store: store, cache: cache, now: { clock.now }, cost: cheap)
            try await body(AccessFixture(store: store, clock: clock, accounts: accounts, authenticator: authenticator))
        }
    }

    /// A fresh database without tables.
    static func runEmpty(_ body: (any SQLStore) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("gatehouse-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = try await SQLiteStore.open(path: folder.appendingPathComponent("gatehouse.db").path)
        try await body(store)
        try await store.close()
    }

    func token(_ name: String = "ci", _ grants: String..., expires: Timestamp? = nil) async throws -> String {
        try await accounts.createToken(
            name, grants: grants.map { try Grant(parsing: $0) }, expires: expires, by: Self.root
        ).secret
    }

    func user(_ name: String, password: String?, _ grants: String...) async throws {
        _ = try await accounts.addUser(
            name, password: password, identity: nil, grants: grants.map { try Grant(parsing: $0) }, by: Self.root)
    }

    func signIn(_ name: String, _ password: String, from peer: String = "192.0.2.1") async throws -> Caller {
        try await authenticator.caller(.password(user: name, password: password), from: peer)
    }

    func bearer(_ secret: String, from peer: String = "192.0.2.1") async throws -> Caller {
        try await authenticator.caller(.bearer(secret), from: peer)
    }

    /// Actions in the log, oldest first.
    func log() async throws -> [AuditEntry] { try await store.read { tx in try tx.auditEntries(after: 0, limit: 1000) } }
}

/// A store that counts what it is asked. A class because everybody shares the count.
final class CountingStore: SQLStore {
    private let base: any SQLStore
    private let count = Mutex(0)

    init(_ base: any SQLStore) { self.base = base }

    var reads: Int { count.withLock { $0 } }

    func read<T: Sendable>(_ body: @escaping @Sendable (SQLTransaction) throws -> T) async throws -> T {
        count.withLock { $0 += 1 }
        return try await base.read(body)
    }
    func write<T: Sendable>(_ body: @escaping @Sendable (SQLTransaction) throws -> T) async throws -> T {
        try await base.write(body)
    }
    var commitCount: UInt64? { base.commitCount }
    func close() async throws { try await base.close() }
}

/// Counts from 1. A class because its closures share it.
final class Counter: Sendable {
    private let last = Mutex(0)

    func next() -> Int {
        last.withLock {
            $0 += 1
            return $0
        }
    }
}

/// A clock that moves when it is told to. A class because the services share it.
final class HandClock: Sendable {
    private let time: Mutex<Timestamp>

    init(_ start: Timestamp) { time = Mutex(start) }
    var now: Timestamp { time.withLock { $0 } }
    func advance(by duration: Duration) { time.withLock { $0 = $0.adding(duration) } }
}

/// Asks that `body` fails with a `GatehouseError` of this code, and gives the error.
@discardableResult
func expectFailure<T>(
    _ code: ErrorCode, sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> T
) async throws -> GatehouseError {
    var failure: (any Error)?
    do { _ = try await body() } catch { failure = error }
    let found = Comment(rawValue: failure.map { "\($0)" } ?? "nothing failed")
    let error = try #require(failure as? GatehouseError, found, sourceLocation: sourceLocation)
    #expect(error.code == code, "\(error)", sourceLocation: sourceLocation)
    return error
}

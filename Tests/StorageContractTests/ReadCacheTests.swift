import GatehouseCore
import Storage
import Synchronization
import Testing

@Suite("What was read, kept until the next commit")
struct ReadCacheTests {
    /// How often the store was asked.
    private final class Count: Sendable {
        private let count = Mutex(0)
        func add() { count.withLock { $0 += 1 } }
        var value: Int { count.withLock { $0 } }
    }

    /// A store that other processes may write to: it cannot count.
    private struct Uncounted: SQLStore {
        let store: any SQLStore
        var commitCount: UInt64? { nil }
        func read<T: Sendable>(_ body: @escaping @Sendable (SQLTransaction) throws -> T) async throws -> T {
            try await store.read(body)
        }
        func write<T: Sendable>(_ body: @escaping @Sendable (SQLTransaction) throws -> T) async throws -> T {
            try await store.write(body)
        }
        func close() async throws { try await store.close() }
    }

    private static func makeTable(in store: any SQLStore) async throws {
        try await store.write { tx in
            try tx.execute("CREATE TABLE kept (id BIGINT PRIMARY KEY, word TEXT NOT NULL)")
            try tx.execute("INSERT INTO kept (id, word) VALUES (1, 'old')")
        }
    }

    private static func set(_ word: String, in store: any SQLStore) async throws {
        try await store.write { tx in _ = try tx.execute("UPDATE kept SET word = \(word) WHERE id = 1") }
    }

    private static func word(in store: any SQLStore) async throws -> String {
        try await store.read { tx in try tx.first("SELECT word FROM kept WHERE id = 1") { try $0.text("word") } } ?? ""
    }

    @Test("the store is asked once until something is written, then again", arguments: Backend.available)
    func untilCommit(_ backend: Backend) async throws {
        try await backend.withStore { store in
            try await Self.makeTable(in: store)
            let cache = ReadCache<String, String>(store, valuesMax: 10, bytesMax: 1000)
            let asked = Count()
            func cached() async throws -> String {
                try await cache.value("word") {
                    asked.add()
                    return try await Self.word(in: store)
                }
            }
            for _ in 0..<3 { #expect(try await cached() == "old") }
            #expect(asked.value == 1)
            try await Self.set("new", in: store)
            for _ in 0..<3 { #expect(try await cached() == "new") }
            #expect(asked.value == 2)
        }
    }

    @Test("what was read before a commit that came in between is not given out after it", arguments: Backend.available)
    func commitBetween(_ backend: Backend) async throws {
        try await backend.withStore { store in
            try await Self.makeTable(in: store)
            let cache = ReadCache<String, String>(store, valuesMax: 10, bytesMax: 1000)
            let first = try await cache.value("word") {
                let word = try await Self.word(in: store)
                try await Self.set("new", in: store)
                return word
            }
            #expect(first == "old")
            let later = try await cache.value("word") { try await Self.word(in: store) }
            #expect(later == "new")
        }
    }

    @Test("whoever was told of a write never reads what was before it", arguments: Backend.available)
    func readYourWrites(_ backend: Backend) async throws {
        try await backend.withStore { store in
            try await store.write { tx in
                try tx.execute("CREATE TABLE kept (id BIGINT PRIMARY KEY, word TEXT NOT NULL)")
                for id in 0..<8 { try tx.execute("INSERT INTO kept (id, word) VALUES (\(id), '-1')") }
            }
            let cache = ReadCache<Int, String>(store, valuesMax: 100, bytesMax: 10_000)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for id in 0..<8 {
                    group.addTask {
                        for step in 0..<50 {
                            try await store.write { tx in
                                _ = try tx.execute("UPDATE kept SET word = \(String(step)) WHERE id = \(id)")
                            }
                            for _ in 0..<3 {
                                let word = try await cache.value(id) {
                                    try await store.read { tx in
                                        try tx.first("SELECT word FROM kept WHERE id = \(id)") { try $0.text("word") } ?? ""
                                    }
                                }
                                #expect(word == String(step))
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test("a failure is not kept", arguments: Backend.available)
    func failure(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let cache = ReadCache<String, String>(store, valuesMax: 10, bytesMax: 1000)
            await #expect(throws: GatehouseError.self) {
                _ = try await cache.value("a") { throw GatehouseError(.notFound, "There is none.") }
            }
            let found = try await cache.value("a") { "found" }
            #expect(found == "found")
        }
    }

    @Test("it never holds more values or bytes than it may, nor one that is large", arguments: Backend.available)
    func bounds(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let asked = Count()
            func ask(_ cache: ReadCache<Int, String>, _ key: Int, _ value: String) async throws {
                _ = try await cache.value(key) {
                    asked.add()
                    return value
                }
            }
            let few = ReadCache<Int, String>(store, valuesMax: 2, bytesMax: 1000)
            for key in [1, 2, 1, 2] { try await ask(few, key, "x") }
            #expect(asked.value == 2)
            // The third one makes it start anew.
            for key in [3, 1, 2] { try await ask(few, key, "x") }
            #expect(asked.value == 5)

            let small = ReadCache<Int, String>(store, valuesMax: 100, bytesMax: 640) { $0.utf8.count }
            for _ in 0..<2 { try await ask(small, 1, String(repeating: "x", count: 11)) }
            #expect(asked.value == 7)
            for _ in 0..<2 { try await ask(small, 2, String(repeating: "x", count: 10)) }
            #expect(asked.value == 8)
            for key in 3...66 { try await ask(small, key, String(repeating: "x", count: 10)) }
            let before = asked.value
            try await ask(small, 2, "x")
            #expect(asked.value == before + 1)
        }
    }

    @Test("of a store that cannot count its commits nothing is kept", arguments: Backend.available)
    func uncounted(_ backend: Backend) async throws {
        try await backend.withStore { store in
            try await Self.makeTable(in: store)
            let other = Uncounted(store: store)
            let cache = ReadCache<String, String>(other, valuesMax: 10, bytesMax: 1000)
            let before = try await cache.value("word") { try await Self.word(in: other) }
            #expect(before == "old")
            try await Self.set("new", in: other)
            let after = try await cache.value("word") { try await Self.word(in: other) }
            #expect(after == "new")
        }
    }
}

import AuditLog
package import GatehouseCore
package import Storage

/// The changes to users, tokens and grants: each one transaction with its audit entry, after which nobody is answered from
/// what was remembered before. Whether the caller may make them is asked at the door.
package struct AccountService: Sendable {
    package let store: any SQLStore
    let cache: CallerCache
    let now: @Sendable () -> Timestamp
    let ids: @Sendable () -> String
    /// Bytes nobody can guess.
    let unguessable: @Sendable (Int) -> [UInt8]
    let passwords = PasswordQueue()
    let cost: PasswordHash.Cost

    package init(
        store: any SQLStore, cache: CallerCache, now: @escaping @Sendable () -> Timestamp, ids: @escaping @Sendable () -> String,
        random: @escaping @Sendable (Int) -> [UInt8]
    ) {
        self.init(store: store, cache: cache, now: now, ids: ids, random: random, cost: .standard)
    }

    init(
        store: any SQLStore, cache: CallerCache, now: @escaping @Sendable () -> Timestamp, ids: @escaping @Sendable () -> String,
        random: @escaping @Sendable (Int) -> [UInt8], cost: PasswordHash.Cost
    ) {
        self.store = store
        self.cache = cache
        self.now = now
        self.ids = ids
        unguessable = random
        self.cost = cost
    }

    /// Writes a change and forgets who was verified before it. Fails with `conflict` when nobody would be left who may
    /// administer the server.
    func change<Value: Sendable>(_ body: @escaping @Sendable (SQLTransaction, Timestamp) throws -> Value) async throws -> Value {
        let now = now()
        let value = try await store.write { tx in
            let hadAdmin = try tx.hasAdmin(at: now)
            let value = try body(tx, now)
            let hasAdmin = try tx.hasAdmin(at: now)
            guard hasAdmin || !hadAdmin else {
                throw GatehouseError(
                    .conflict, "Nobody would be left who may administer the server.",
                    hint: "Make somebody else an admin first: gatehouse user grant NAME admin")
            }
            return value
        }
        cache.forgetAll()
        return value
    }

    func record(
        _ action: AuditAction, about people: [String: Principal] = [:], texts: [String: String] = [:], _ facts: JSONValue = [:],
        in tx: SQLTransaction, by principal: Principal, at now: Timestamp
    ) throws {
        try tx.append(
            AuditDraft(id: ids(), time: now, principal: principal, action: action, people: people, texts: texts, facts: facts))
    }

    func add(
        _ grants: [Grant], to holder: Principal, in tx: SQLTransaction, by principal: Principal, at now: Timestamp
    ) throws {
        for grant in grants where try tx.add(grant, to: holder, by: principal, at: now) {
            try record(
                .grantAdded, about: ["holder": holder], ["grant": .string(grant.description)], in: tx, by: principal, at: now
            )
        }
    }
}

// MARK: - Grants

extension AccountService {
    /// Granting what is held already changes nothing. Fails with `notFound` when there is no such user or token.
    package func grant(_ grants: [Grant], to holder: Principal, by principal: Principal) async throws {
        try await change { tx, now in
            try requireAccount(holder, tx)
            try add(grants, to: holder, in: tx, by: principal, at: now)
        }
    }

    /// All of them or none. Fails with `notFound` when one is not held, and with `conflict` when it is the last admin's.
    package func withdraw(_ grants: [Grant], from holder: Principal, by principal: Principal) async throws {
        try await change { tx, now in
            try requireAccount(holder, tx)
            let held = try tx.grants(of: holder).grants.map(\.description).joined(separator: ", ")
            for grant in grants {
                guard try tx.remove(grant, from: holder) else {
                    throw GatehouseError(
                        .notFound, "\(holder) does not hold the grant '\(grant)'.",
                        hint: held.isEmpty ? "It holds none." : "It holds: \(held).")
                }
                try record(
                    .grantRemoved, about: ["holder": holder], ["grant": .string(grant.description)], in: tx, by: principal,
                    at: now)
            }
        }
    }

    private func requireAccount(_ holder: Principal, _ tx: SQLTransaction) throws {
        let parts = holder.text.split(separator: ":", maxSplits: 1).map(String.init)
        switch parts.first {
        case "user": _ = try requiredUser(parts.last ?? "", tx)
        case "token": _ = try requiredToken(parts.last ?? "", tx)
        default: throw GatehouseError(.invalidArgument, "\(holder) is neither a user nor a token.")
        }
    }

    func requiredUser(_ name: String, _ tx: SQLTransaction) throws -> User {
        guard let user = try tx.user(named: name) else {
            throw GatehouseError(
                .notFound, "There is no user '\(name.prefix(80))'.", hint: "List them: gatehouse user list")
        }
        return user
    }

    func requiredToken(_ name: String, _ tx: SQLTransaction) throws -> AccessToken {
        guard let token = try tx.accessToken(named: name) else {
            throw GatehouseError(
                .notFound, "There is no token '\(name.prefix(80))'.", hint: "List them: gatehouse token list")
        }
        return token
    }
}

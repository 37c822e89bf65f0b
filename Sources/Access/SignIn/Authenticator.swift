package import GatehouseCore
package import Storage

/// Finds out who asks. What was verified a moment ago is answered from memory; the rest costs a read, a password hash or a
/// look at an OpenID provider's signature.
package struct Authenticator: Sendable {
    private static let dayMilliseconds: Int64 = 86_400_000

    private let store: any SQLStore
    private let cache: CallerCache
    private let identities: OpenIDIdentities?
    private let now: @Sendable () -> Timestamp
    private let cost: PasswordHash.Cost
    private let keyed = CredentialKey()
    private let checks = SharedWork<Caller>()
    private let passwords = PasswordQueue()
    private let userFailures = FailureLimit(.perUser)
    private let peerFailures = FailureLimit(.perPeer)

    package init(
        store: any SQLStore, cache: CallerCache, identities: OpenIDIdentities?, now: @escaping @Sendable () -> Timestamp
    ) {
        self.init(store: store, cache: cache, identities: identities, now: now, cost: .standard)
    }

    init(
        store: any SQLStore, cache: CallerCache, identities: OpenIDIdentities? = nil, now: @escaping @Sendable () -> Timestamp,
        cost: PasswordHash.Cost
    ) {
        self.store = store
        self.cache = cache
        self.identities = identities
        self.now = now
        self.cost = cost
    }

    /// `peer` is the address the request came from. Fails with `unauthenticated`, with `tooManyRequests` while a pause
    /// after failures lasts, and with `unavailable` when the OpenID provider cannot be asked.
    package func caller(_ credentials: Credentials, from peer: String) async throws -> Caller {
        let key = keyed(credentials)
        if let known = cache.caller(key, at: now()) { return known }
        return try await checks.run(key) {
            let generation = cache.generation
            let verified = try await verify(credentials, from: peer)
            cache.keep(verified, key, generation: generation, at: now())
            return verified.caller
        }
    }

    private func verify(_ credentials: Credentials, from peer: String) async throws -> VerifiedCaller {
        switch credentials {
        case .bearer(let secret) where secret.hasPrefix(AccessToken.prefix):
            return try await counted(peer) { try await token(secret) }
        case .bearer(let text):
            guard let identities else { return try await counted(peer) { throw GatehouseError.tokenUnknown } }
            return try await counted(peer) { try await identities.caller(ofToken: text, at: now()) }
        case .session(let secret):
            return try await counted(peer) { try await session(secret) }
        case .password(let user, let password):
            return try await self.password(user, password, from: peer)
        }
    }

    /// Secrets of 32 random bytes and signatures cannot be guessed, so the right one always passes. Failures count, and
    /// beyond the limit they are told to wait.
    private func counted(_ peer: String, _ verify: () async throws -> VerifiedCaller) async throws -> VerifiedCaller {
        do {
            return try await verify()
        } catch let error as GatehouseError where error.code == .unauthenticated {
            if let seconds = peerFailures.take(peer, at: now()) { throw GatehouseError.pause(seconds) }
            throw error
        }
    }

    private func token(_ secret: String) async throws -> VerifiedCaller {
        let digest = Digest(ofSecret: secret)
        let found = try await store.read { tx in
            try tx.accessToken(digest: digest).map { (token: $0, grants: try tx.grants(of: $0.principal)) }
        }
        guard let (token, grants) = found else { throw GatehouseError.tokenUnknown }
        let now = now()
        guard token.isValid(at: now) else { throw GatehouseError.tokenEnded(token) }
        let today = Timestamp(milliseconds: now.milliseconds - now.milliseconds % Self.dayMilliseconds)
        if token.lastUsedOn != today {
            // A note for people. That it cannot be written is no reason to turn a good token away.
            _ = try? await store.write { tx in try tx.noteUse(ofToken: token.name, on: today) }
        }
        return VerifiedCaller(caller: Caller(principal: token.principal, grants: grants), expires: token.expires)
    }

    /// A session lasts no longer than what it was opened with: a user who was removed has no session, and a token that was
    /// revoked opens nothing any more.
    private func session(_ secret: String) async throws -> VerifiedCaller {
        let digest = Digest(ofSecret: secret)
        let now = now()
        let found = try await store.read { tx in
            try tx.session(digest: digest).map { session in
                (session: session, grants: try tx.grants(of: session.principal), end: try tx.end(of: session, at: now))
            }
        }
        guard let (session, granted, end) = found, now < end else { throw GatehouseError.sessionOver }
        let grants = identities?.settings.grants(granted, groups: session.groups) ?? granted
        return VerifiedCaller(caller: Caller(principal: session.principal, grants: grants), expires: end)
    }

    private func password(_ name: String, _ password: String, from peer: String) async throws -> VerifiedCaller {
        // No user has a longer name, so all of those are counted as one.
        let user = String(name.unicodeScalars.prefix(AccountName.charactersMax + 1))
        if let seconds = peerFailures.take(peer, at: now()) { throw GatehouseError.pause(seconds) }
        if let seconds = userFailures.take(user, at: now()) {
            peerFailures.giveBack(peer, at: now())
            throw GatehouseError.pause(seconds)
        }
        let verified: VerifiedCaller?
        do {
            verified = try await check(name, password)
        } catch {
            // Not the caller's failure.
            peerFailures.giveBack(peer, at: now())
            userFailures.giveBack(user, at: now())
            throw error
        }
        guard let verified else { throw GatehouseError.passwordWrong }
        peerFailures.giveBack(peer, at: now())
        userFailures.giveBack(user, at: now())
        return verified
    }

    /// Hashes whether there is such a user or not, so that the time says nothing.
    private func check(_ name: String, _ password: String) async throws -> VerifiedCaller? {
        let found = try await store.read { tx in
            try tx.user(named: name).map { (user: $0, grants: try tx.grants(of: $0.principal)) }
        }
        guard password.utf8.count <= PasswordHash.passwordBytesMax else { return nil }
        let stand = PasswordHash(
            cost: cost, salt: Array(repeating: 0, count: PasswordHash.saltBytes),
            key: Array(repeating: 0, count: PasswordHash.keyBytes))
        let hash = found?.user.password ?? stand
        let isRight = try await passwords.run { try hash.matches(password) }
        guard let found, found.user.hasPassword, isRight else { return nil }
        return VerifiedCaller(caller: Caller(principal: found.user.principal, grants: found.grants), expires: nil)
    }
}

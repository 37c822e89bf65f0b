import GatehouseCore
import Testing

@testable import Access

@Suite("Who asks", .timeLimit(.minutes(2)))
struct AuthenticatorTests {
    @Test("a token stands for its name with what it was granted")
    func token() async throws {
        try await AccessFixture.run { access in
            let secret = try await access.token("ci", "registrant:credit-*")
            let caller = try await access.bearer(secret)
            #expect(caller.principal == .token("ci"))
            #expect(caller.grants == Grants([Grant(.registrant, models: "credit-*")]))
        }
    }

    @Test("a known token costs no database read")
    func cached() async throws {
        try await AccessFixture.run { access in
            let secret = try await access.token("ci", "viewer")
            _ = try await access.bearer(secret)
            let reads = access.store.reads
            for _ in 0..<100 { _ = try await access.bearer(secret) }
            #expect(access.store.reads == reads)
            access.clock.advance(by: .seconds(CallerCache.secondsMax))
            _ = try await access.bearer(secret)
            #expect(access.store.reads == reads + 1)
        }
    }

    @Test("a change holds at the next request, whatever was remembered")
    func revoked() async throws {
        try await AccessFixture.run { access in
            let secret = try await access.token("ci", "viewer")
            #expect(try await !access.bearer(secret).grants.allows(.logRuns))
            try await access.accounts.grant([Grant(.registrant)], to: .token("ci"), by: AccessFixture.root)
            #expect(try await access.bearer(secret).grants.allows(.logRuns))
            try await access.accounts.withdraw([Grant(.registrant)], from: .token("ci"), by: AccessFixture.root)
            #expect(try await !access.bearer(secret).grants.allows(.logRuns))
            try await access.accounts.revokeToken("ci", by: AccessFixture.root)
            let error = try await expectFailure(.unauthenticated) { try await access.bearer(secret) }
            #expect(error.message == "The token 'ci' was revoked.")
        }
    }

    @Test("what was read before a change is not kept after it")
    func staleRead() {
        let cache = CallerCache()
        let caller = Caller(principal: .token("ci"), grants: .everything)
        let generation = cache.generation
        cache.forgetAll()
        cache.keep(
            VerifiedCaller(caller: caller, expires: nil), [1], generation: generation, at: AccessFixture.start)
        #expect(cache.caller([1], at: AccessFixture.start) == nil)
        cache.keep(
            VerifiedCaller(caller: caller, expires: nil), [1], generation: cache.generation, at: AccessFixture.start)
        #expect(cache.caller([1], at: AccessFixture.start) == caller)
    }

    @Test("a token ends at its time, even one that is remembered")
    func expires() async throws {
        try await AccessFixture.run { access in
            let secret = try await access.token("ci", "viewer", expires: AccessFixture.start.adding(.seconds(60)))
            _ = try await access.bearer(secret)
            access.clock.advance(by: .seconds(60))
            let error = try await expectFailure(.unauthenticated) { try await access.bearer(secret) }
            #expect(error.message == "The token 'ci' has expired.")
        }
    }

    @Test("the day of the last use is noted")
    func lastUse() async throws {
        try await AccessFixture.run { access in
            let secret = try await access.token("ci", "viewer")
            _ = try await access.bearer(secret)
            let token = try await access.store.read { tx in try tx.accessToken(named: "ci") }
            #expect(token?.lastUsedOn?.description == "2023-11-14T00:00:00.000Z")
        }
    }

    @Test("a right password is let in, and a wrong one, an unknown user and a user without one are told the same")
    func passwords() async throws {
        try await AccessFixture.run { access in
            try await access.user("ada", password: "correct horse battery", "viewer")
            try await access.user("bob", password: nil, "viewer")
            #expect(try await access.signIn("ada", "correct horse battery").principal == .user("ada"))
            var messages: Set<String> = []
            for (name, password) in [
                ("ada", "correct horse batterz"), ("eve", "correct horse battery"), ("bob", ""), ("ada", ""),
            ] {
                messages.insert(try await expectFailure(.unauthenticated) { try await access.signIn(name, password) }.description)
            }
            #expect(messages == ["The user name or the password is wrong."])
            try await expectFailure(.unauthenticated) {
                try await access.signIn("ada", String(repeating: "x", count: 10_000))
            }
        }
    }

    @Test("after ten failures a user name has to wait, and then the right password works")
    func pause() async throws {
        try await AccessFixture.run { access in
            try await access.user("ada", password: "correct horse battery", "viewer")
            for n in 0..<10 { try await expectFailure(.unauthenticated) { try await access.signIn("ada", "guess number \(n)") } }
            let error = try await expectFailure(.tooManyRequests) { try await access.signIn("ada", "correct horse battery") }
            let seconds = try #require(error.retryAfterSeconds)
            #expect((1...6).contains(seconds))
            access.clock.advance(by: .seconds(seconds))
            _ = try await access.signIn("ada", "correct horse battery")
            // Somebody else's name is not in the same bucket, known or not.
            try await expectFailure(.unauthenticated) { try await access.signIn("eve", "a guess of mine") }
        }
    }

    @Test("an address that tries many names has to wait too, and others do not")
    func peers() async throws {
        try await AccessFixture.run { access in
            try await access.user("ada", password: "correct horse battery", "viewer")
            let secret = try await access.token("ci", "viewer")
            for n in 0..<50 { try await expectFailure(.unauthenticated) { try await access.signIn("name-\(n)", "a guess") } }
            try await expectFailure(.tooManyRequests) { try await access.signIn("ada", "correct horse battery") }
            try await expectFailure(.tooManyRequests) { try await access.bearer("gh_unknown") }
            // What cannot be guessed always passes, and so does everybody elsewhere.
            _ = try await access.bearer(secret)
            _ = try await access.signIn("ada", "correct horse battery", from: "192.0.2.2")
        }
    }

    @Test("sixty-four connections that open with one password hash it once and count as one try")
    func together() async throws {
        try await AccessFixture.run { access in
            try await access.user("ada", password: "correct horse battery", "viewer")
            let reads = access.store.reads
            let callers = try await withThrowingTaskGroup(of: Caller.self) { group in
                for _ in 0..<64 { group.addTask { try await access.signIn("ada", "correct horse battery") } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(callers.count == 64)
            #expect(access.store.reads == reads + 1)
        }
    }

    @Test("a new password ends the old one at once")
    func changed() async throws {
        try await AccessFixture.run { access in
            try await access.user("ada", password: "correct horse battery", "viewer")
            _ = try await access.signIn("ada", "correct horse battery")
            try await access.accounts.setPassword("another horse entirely", of: "ada", by: .user("ada"))
            try await expectFailure(.unauthenticated) { try await access.signIn("ada", "correct horse battery") }
            _ = try await access.signIn("ada", "another horse entirely")
        }
    }
}

@Suite("Credentials")
struct CredentialsTests {
    @Test(
        "the header is read as MLflow's clients and ours send it",
        arguments: [
            ("Bearer gh_1", Credentials.bearer("gh_1")), ("bearer   gh_1", .bearer("gh_1")),
            // user:pass, ada:gh_1, ada:a:b
            ("Basic dXNlcjpwYXNz", .password(user: "user", password: "pass")), ("Basic YWRhOmdoXzE=", .bearer("gh_1")),
            ("BASIC YWRhOmE6Yg==", .password(user: "ada", password: "a:b")),
            ("Basic %%%", nil), ("Basic dXNlcg==", nil), ("Basic", nil), ("Digest x", nil), ("", nil),
            ("Bearer " + String(repeating: "a", count: 20_000), nil),
        ] as [(String, Credentials?)])
    func header(text: String, expected: Credentials?) { #expect(Credentials(authorization: text) == expected) }

    @Test("credentials that read alike when joined have different keys")
    func keys() {
        let key = CredentialKey()
        #expect(key(.password(user: "a", password: "b:c")) != key(.password(user: "a:b", password: "c")))
        #expect(key(.bearer("x")) != key(.session("x")))
        #expect(key(.bearer("x")) != CredentialKey()(.bearer("x")))
    }
}

@Suite("Pauses after failures")
struct FailureLimitTests {
    @Test("a bucket takes its burst, then one per interval")
    func leaks() {
        let limit = FailureLimit(.init(burst: 3, secondsPerTry: 10))
        var now = AccessFixture.start
        for _ in 0..<3 { #expect(limit.take("a", at: now) == nil) }
        #expect(limit.take("a", at: now) == 10)
        #expect(limit.take("b", at: now) == nil)
        now = now.adding(.seconds(4))
        #expect(limit.take("a", at: now) == 6)
        now = now.adding(.seconds(6))
        #expect(limit.take("a", at: now) == nil)
        #expect(limit.take("a", at: now) == 10)
        limit.giveBack("a", at: now)
        #expect(limit.take("a", at: now) == nil)
    }

    @Test("a clock that goes back frees nobody and breaks nothing")
    func clock() {
        let limit = FailureLimit(.init(burst: 1, secondsPerTry: 10))
        #expect(limit.take("a", at: AccessFixture.start) == nil)
        #expect(limit.take("a", at: AccessFixture.start.adding(.seconds(-1000))) == 10)
    }

    @Test("more names than fit do not push out the one that is paused")
    func bounded() {
        let limit = FailureLimit(.init(burst: 2, secondsPerTry: 1000))
        for _ in 0..<2 { _ = limit.take("ada", at: AccessFixture.start) }
        for n in 0..<(2 * FailureLimit.keysMax) { _ = limit.take("name-\(n)", at: AccessFixture.start) }
        #expect(limit.take("ada", at: AccessFixture.start) != nil)
    }
}

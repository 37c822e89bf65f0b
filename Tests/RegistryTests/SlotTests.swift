import GatehouseCore
import Registry
import Storage
import Testing

@Suite("Slots")
struct SlotTests {
    private func time(_ seconds: Int64) -> Timestamp { RegistryFixture.start.adding(.seconds(seconds)) }

    /// A model with three versions.
    private func prepared(_ fixture: RegistryFixture) async throws -> (model: ModelName, versions: [VersionNumber]) {
        let model = try await fixture.model()
        var numbers: [VersionNumber] = []
        for _ in 0..<3 { numbers.append(try await fixture.version(of: model).number) }
        return (model, numbers)
    }

    @Test("one version is active in a slot; the next one displaces it")
    func displacement() async throws {
        try await RegistryFixture.run { fixture in
            let (model, versions) = try await prepared(fixture)
            let slot = Slot(model: model)
            let displaced = try await fixture.store.write { tx in
                [
                    try tx.occupy(slot, with: versions[0], at: time(0), auditSequence: 10, isAdopted: true),
                    try tx.occupy(slot, with: versions[1], at: time(10), auditSequence: 11),
                    try tx.occupy(slot, with: versions[1], at: time(20), auditSequence: 12),
                ].map { $0?.version.value }
            }
            #expect(displaced == [nil, 1, nil])
            let current = try await fixture.store.read { tx in try tx.occupant(of: slot) }
            #expect(current?.version == versions[1])
            #expect(current?.from == time(10))
            #expect(current?.until == nil)
            #expect(current?.auditSequence == 11)
            #expect(current?.isAdopted == false)
            #expect(try await fixture.store.read { tx in try tx.occupant(of: slot, at: time(5)) }?.isAdopted == true)
        }
    }

    @Test("which version was active when is known for every moment")
    func asOf() async throws {
        try await RegistryFixture.run { fixture in
            let (model, versions) = try await prepared(fixture)
            let slot = Slot(model: model)
            try await fixture.store.write { tx in
                try tx.occupy(slot, with: versions[0], at: time(10), auditSequence: 1)
                try tx.occupy(slot, with: versions[1], at: time(20), auditSequence: 2)
                try tx.vacate(slot, at: time(30), auditSequence: 3)
                try tx.occupy(slot, with: versions[0], at: time(40), auditSequence: 4)
            }
            let found = try await fixture.store.read { tx in
                try [9, 10, 19, 20, 29, 30, 39, 40, 1000].map { try tx.occupant(of: slot, at: time($0))?.auditSequence }
            }
            #expect(found == [nil, 1, 1, 2, 2, nil, nil, 4, 4])
            let history = try await fixture.store.read { tx in try tx.history(of: slot) }
            #expect(history.map(\.version.value) == [1, 2, 1])
            #expect(history.map(\.from) == [time(40), time(20), time(10)])
            #expect(history.map(\.until) == [nil, time(30), time(20)])
            let second = try await fixture.store.read { tx in try tx.history(of: slot, before: history[0], limit: 1) }
            #expect(second == [history[1]])
        }
    }

    @Test("a clock that runs backwards does not let two versions be active at once")
    func clockSkew() async throws {
        try await RegistryFixture.run { fixture in
            let (model, versions) = try await prepared(fixture)
            let slot = Slot(model: model)
            try await fixture.store.write { tx in
                try tx.occupy(slot, with: versions[0], at: time(100), auditSequence: 1)
                try tx.occupy(slot, with: versions[1], at: time(50), auditSequence: 2)
            }
            let history = try await fixture.store.read { tx in try tx.history(of: slot) }
            #expect(history.map(\.from) == [time(100), time(100)])
            #expect(try await fixture.store.read { tx in try tx.occupant(of: slot, at: time(100)) }?.version == versions[1])
        }
    }

    @Test("a segment is served by its own version, its parent's, then the default's")
    func fallback() async throws {
        try await RegistryFixture.run { fixture in
            let (model, versions) = try await prepared(fixture)
            func served(_ segment: String) async throws -> String? {
                try await fixture.store.read { tx in
                    try tx.occupantWithFallback(of: Slot(model: model, segment: segment)).map {
                        "\($0.slot.segment) \($0.version)"
                    }
                }
            }
            #expect(try await served("eu/de") == nil)
            try await fixture.store.write { tx in
                try tx.occupy(Slot(model: model), with: versions[0], at: time(0), auditSequence: 1)
                try tx.occupy(Slot(model: model, segment: "eu"), with: versions[1], at: time(0), auditSequence: 2)
            }
            #expect(try await served("eu/de") == "eu 2")
            #expect(try await served("eu") == "eu 2")
            #expect(try await served("us") == "default 1")
            #expect(try await served("european") == "default 1")
            let other = try await fixture.store.read { tx in
                try tx.occupantWithFallback(of: Slot(model: model, environment: "test"))
            }
            #expect(other == nil)
        }
    }

    @Test("a rollback can return only to what has been active in this very slot")
    func rollbackTargets() async throws {
        try await RegistryFixture.run { fixture in
            let (model, versions) = try await prepared(fixture)
            let (slot, other) = (Slot(model: model), Slot(model: model, segment: "us"))
            let answers = try await fixture.store.write { tx in
                try tx.occupy(slot, with: versions[0], at: time(0), auditSequence: 1)
                let before = try tx.previousOccupant(of: slot)
                try tx.occupy(slot, with: versions[1], at: time(1), auditSequence: 2)
                try tx.occupy(other, with: versions[2], at: time(2), auditSequence: 3)
                return (
                    before: before, previous: try tx.previousOccupant(of: slot)?.version,
                    active: try versions.map { try tx.hasBeenActive($0, in: slot) }, any: try tx.hasSlotHistory(model),
                    now: try tx.occupancies(of: model).map(\.description),
                    one: try tx.occupancies(of: model, version: versions[2])
                )
            }
            #expect(answers.before == nil)
            #expect(answers.previous == versions[0])
            #expect(answers.active == [true, true, false])
            #expect(answers.any)
            #expect(answers.now == ["credit-risk/production/default/champion 2", "credit-risk/production/us/champion 3"])
            #expect(answers.one.map(\.slot) == [other])
        }
    }

    @Test("an empty slot is emptied without a trace")
    func vacateEmpty() async throws {
        try await RegistryFixture.run { fixture in
            let slot = Slot(model: try await fixture.model())
            let displaced = try await fixture.store.write { tx in try tx.vacate(slot, at: time(0), auditSequence: 1) }
            #expect(displaced == nil)
            #expect(try await fixture.store.read { tx in try tx.history(of: slot) } == [])
        }
    }

    @Test("the history cannot be rewritten, and a version that does not exist cannot be active")
    func guarded() async throws {
        try await RegistryFixture.run { fixture in
            let (model, versions) = try await prepared(fixture)
            let slot = Slot(model: model)
            try await fixture.store.write { tx in _ = try tx.occupy(slot, with: versions[0], at: time(0), auditSequence: 1) }
            let rewritten = await #expect(throws: GatehouseError.self) {
                try await fixture.store.write { tx in _ = try tx.execute("UPDATE slot_change SET version = 2") }
            }
            #expect(rewritten?.code == .conflict)
            let absent = await #expect(throws: GatehouseError.self) {
                try await fixture.store.write { tx in
                    _ = try tx.occupy(slot, with: VersionNumber(99), at: time(1), auditSequence: 2)
                }
            }
            #expect(absent?.code == .conflict)
            #expect(try await fixture.store.read { tx in try tx.history(of: slot) }.count == 1)
        }
    }
}

extension SlotOccupancy {
    fileprivate var description: String { "\(slot) \(version)" }
}

import GatehouseCore
import Statistics
import Testing

@testable import gatehouse_fuzz

@Suite("Mutated inputs")
struct FuzzCorpusTests {
    static let root = #filePath.droppingComponents(3)

    @Test("depend on seed and index alone", arguments: FuzzReader.real)
    func reproducible(reader: FuzzReader) throws {
        let corpus = try FuzzCorpus(reader, root: Self.root)
        let again = try FuzzCorpus(reader, root: Self.root)
        let indices = corpus.seeds.count..<corpus.seeds.count + 200
        let inputs = indices.map { corpus.input(seed: 5, index: $0) }
        #expect(inputs == indices.map { again.input(seed: 5, index: $0) })
        #expect(inputs != indices.map { corpus.input(seed: 6, index: $0) })
        // Some damage undoes itself or hits a comment; most must not.
        #expect(Set(inputs).count > 150)
        #expect(inputs.allSatisfy { $0.count <= FuzzCorpus.inputBytesMax })
    }

    @Test("start from files most of which are sound", arguments: FuzzReader.real)
    func soundSeeds(reader: FuzzReader) async throws {
        let corpus = try FuzzCorpus(reader, root: Self.root)
        var read = 0
        for index in corpus.seeds.indices {
            let outcome = try await reader.read(corpus.input(seed: 1, index: index), choice: UInt64(index))
            if outcome == .read { read += 1 }
        }
        #expect(2 * read >= corpus.seeds.count)
    }

    @Test("are read or refused, and both happen", arguments: FuzzReader.real)
    func readOrRefused(reader: FuzzReader) async throws {
        let corpus = try FuzzCorpus(reader, root: Self.root)
        var read = 0
        for index in 0..<500 {
            let outcome = try await reader.read(corpus.input(seed: 3, index: index), choice: UInt64(index))
            if outcome == .read { read += 1 }
        }
        #expect(read > 10 && read < 490)
    }

    @Test("every kind of damage is done", arguments: Mutator.Kind.allCases)
    func damage(kind: Mutator.Kind) throws {
        let sound = try FuzzCorpus(.xgboostUBJSON, root: Self.root).seeds
        let lines = Array("alpha 1\nbeta 22\ngamma 333\n".utf8)
        let mutator = Mutator(seeds: sound + [lines], isText: false)
        var generator = SeededGenerator(seed: 9)
        var changed = 0
        for _ in 0..<100 {
            // Markers of numbers among lines of text, so that every kind finds what it damages.
            var bytes = lines + Array("i\u{1}U\u{2}".utf8) + lines
            let before = bytes
            mutator.apply(kind, to: &bytes, &generator)
            if bytes != before { changed += 1 }
        }
        #expect(changed > 20)
    }

    @Test("an empty input is damaged into a whole one, and empty files have no effect on the rest")
    func emptyInput() {
        let corpus = FuzzCorpus(seeds: [[], Array("a,b\n1,2\n".utf8)], isText: true)
        let inputs = (2..<300).map { corpus.input(seed: 1, index: $0) }
        #expect(inputs.contains { !$0.isEmpty })
    }
}

@Suite("Rules a reader must keep")
struct BrokenRuleTests {
    @Test("a refusal that blames the server breaks one", arguments: [ErrorCode.internalFailure, .unavailable, .unreachable])
    func serverErrors(code: ErrorCode) {
        #expect(throws: BrokenRule.self) { try BrokenRule.check(refusal: GatehouseError(code, "no")) }
    }

    @Test("a refusal without words breaks one")
    func silence() {
        #expect(throws: BrokenRule.self) { try BrokenRule.check(refusal: GatehouseError(.invalidArgument, "")) }
    }

    @Test("blaming the input, and naming what is not scored, breaks none")
    func refusals() throws {
        try BrokenRule.check(refusal: GatehouseError(.invalidArgument, "row 3"))
        try BrokenRule.check(refusal: GatehouseError(.notImplemented, "an option"))
    }

    @Test("tallies of several readers add up, and the peak is the highest")
    func tallies() {
        var all = FuzzTally()
        var one = FuzzTally()
        (one.read, one.crashed, one.peakMegabytes) = (2, 1, 30)
        one.refused = ["invalidArgument": 4]
        all.add(one)
        (one.slow, one.hung, one.peakMegabytes) = (1, 1, 20)
        all.add(one)
        #expect(all.summary == "inputs 15, read 4, refused 8, crashed 2, slow 2, peak MB 30")
        #expect(!all.isClean && FuzzTally().isClean)
    }
}

extension String {
    /// A path without its last components.
    fileprivate func droppingComponents(_ count: Int) -> String {
        split(separator: "/", omittingEmptySubsequences: false).dropLast(count).joined(separator: "/")
    }
}

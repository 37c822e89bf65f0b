import GatehouseCore
import Gates
import Testing

@Suite struct PolicyHostileTextTests {
    @Test("20 000 mutated policies are each understood or refused with a place inside the text")
    func fuzz() {
        var generator = SplitMix64(seed: 0x6A7E_4005E)
        var understood = 0
        var refused = 0
        for round in 0..<20_000 {
            let yaml = mutate(PolicyHostileTextTests.seeds[round % PolicyHostileTextTests.seeds.count], with: &generator)
            let lineCount = yaml.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).count
            do throws(PolicyDiagnostics) {
                _ = try PolicyParser.parse(yaml, gates: [ProbeGate.descriptor]).canonicalBytes
                understood += 1
            } catch {
                refused += 1
                let isLocated =
                    !error.list.isEmpty && error.list.allSatisfy { (1...lineCount + 1).contains($0.line) && $0.column >= 1 }
                if !isLocated { Issue.record("round \(round): \(error.lines) in \(yaml.debugDescription)") }
            }
        }
        // Both answers must be common, or the mutations test nothing.
        #expect(understood > 500 && refused > 5000)
    }

    @Test("a policy beyond the size limit is refused before it is read")
    func tooLarge() {
        let yaml = "model: m\n#" + String(repeating: "x", count: PolicyParser.policyBytesMax)
        #expect(
            diagnostics(yaml).lines
                == ["policy.yaml:1:1: the policy has 262154 bytes, at most 262144 are allowed."])
    }

    @Test("deep nesting is refused, not followed", arguments: ["[", "{a: ", "- ", "? ", "[? "])
    func depth(_ opening: String) {
        for count in [40, 990, 5000, 60_000] {
            #expect(!diagnostics("model: m\nreview: \n  " + String(repeating: opening, count: count)).list.isEmpty)
            let closed = String(repeating: "[", count: count) + String(repeating: "]", count: count)
            #expect(!diagnostics("model: \(closed)").list.isEmpty)
        }
    }

    @Test("an alias bomb in values or in keys is refused at once", arguments: [false, true])
    func aliasBomb(inKeys: Bool) {
        var yaml = "model: &a0 [x, x]\n"
        for level in 1...40 {
            let references = Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ")
            yaml += inKeys ? "? &a\(level) [\(references)]\n: 1\n" : "k\(level): &a\(level) [\(references)]\n"
        }
        #expect(diagnostics(yaml).lines == ["policy.yaml:1:1: more than 16 aliases. Write the values out."])
    }

    @Test("sixteen nested aliases, the most that are read on, still end in no time")
    func smallBomb() {
        var yaml = "model: m\n? &a0 [x, x]\n: 1\n"
        for level in 1...8 { yaml += "? &a\(level) [*a\(level - 1), *a\(level - 1)]\n: 1\n" }
        #expect(diagnostics(yaml).list.count >= 9)
    }

    @Test(
        "a text that is wrong in tens of thousands of places is refused in no long time", .timeLimit(.minutes(1)),
        arguments: floods)
    func flood(_ flood: Mistake) {
        for message in flood.lines {
            #expect(diagnostics("model: m\n" + flood.yaml).list.contains { $0.message.contains(message) })
        }
    }

    private static let floods = [
        Mistake((0..<20_000).map { "k\($0 / 2): 1\n" }.joined(), "stands twice in one map"),
        Mistake((0..<20_000).map { "k\($0): 1\n" }.joined(), "unknown key"),
        Mistake((0..<15_000).map { "k\($0): &a b\n" }.joined(), "anchors and aliases"),
        Mistake("evaluation: {groups: [" + String(repeating: "a, ", count: 80_000) + "]}", "at most 16 are allowed"),
        Mistake("evaluation: {label: " + String(repeating: "a", count: 250_000) + "}", "expected a text of 1 to 1024"),
        Mistake("? " + String(repeating: "a", count: 250_000) + "\n: 1", "unknown key 'aaaa"),
        Mistake(String(repeating: "e\u{301}", count: 300) + ": 1", "unknown key"),
    ]
}

/// Sebastiano Vigna's generator: the same numbers on every machine.
private struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

extension PolicyHostileTextTests {
    private static let seeds = [
        PolicyDiffTests.base,
        """
        model: "credit-*"
        evaluation: {runner: {endpoint: "http://m:8080", protocol: v2}, intersections: true, decision_threshold: 0.5}
        gates:
          probe: {min_score: 0.9, samples: 20, mode: interval, window: 2h, rate: 50/s, strict: true}
          custom:
            - {name: a, command: [./a.sh, --x], timeout: 10m}
            - {name: stability, kind: robustness, noise: 0.05}
            - {name: model_card, kind: card, required_fields: [owner]}
        slots: {segments: [eu, eu/de], no_default: true}
        """,
        "model: m\nrollout: {steps: [5, 25, 100], bake: 24h}\nreview_by: 2027-03-01T09:00Z\nshadow: {fraction: 0.01}\n",
    ]

    /// What breaks readers: structure characters, limits of numbers, things that look like others.
    private static let pieces = [
        "{", "}", "[", "]", ":", ": ", ",", "- ", "\n", "\r\n", "\t", "  ", "'", "\"", "#", "&a ", "*a", "!!int ", "!x ", "|",
        ">", "?",
        "%", "@", "`", "\u{0}", "\u{FEFF}", "\u{85}", "\u{2028}", "é", "👩‍👩‍👧‍👦", "\\x", "---", "...", "<<: ", "~", "null", "yes",
        "NaN", ".inf",
        "1e999", "-0", "9223372036854775808", "99999999999d", "0x10", "2027-13-45", "probe", "model: n\n", "gates: {}\n",
        "\u{E000}",
    ]

    private func mutate(_ text: String, with generator: inout SplitMix64) -> String {
        var scalars = Array(text.unicodeScalars)
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
            let start = Int.random(in: 0...scalars.count, using: &generator)
            let end = min(scalars.count, start + Int.random(in: 0...6, using: &generator))
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: scalars.removeSubrange(start..<end)
            case 1: scalars.insert(contentsOf: scalars[start..<end], at: Int.random(in: 0...scalars.count, using: &generator))
            case 2:
                let piece = Self.pieces[Int.random(in: 0..<Self.pieces.count, using: &generator)]
                scalars.replaceSubrange(start..<end, with: Array(piece.unicodeScalars))
            default:
                let piece = Self.pieces[Int.random(in: 0..<Self.pieces.count, using: &generator)]
                scalars.insert(contentsOf: Array(piece.unicodeScalars), at: start)
            }
        }
        var mutated = String.UnicodeScalarView()
        mutated.append(contentsOf: scalars)
        return String(mutated)
    }
}

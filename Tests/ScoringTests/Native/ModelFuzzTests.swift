import GatehouseCore
import Scoring
import Statistics
import Testing

/// Seeded damage to sound files: whatever comes of it is an error or a model that scores, never a crash or a hang.
@Suite("Mutated model files")
struct ModelFuzzTests {
    static let mutationCount = 20_000

    /// SplitMix64 (Steele, Lea and Flood 2014): the same mutations on every run.
    struct Seeded: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }

    private func mutated(_ original: [UInt8], using random: inout Seeded) -> [UInt8] {
        var bytes = original
        for _ in 0..<Int.random(in: 1...3, using: &random) where !bytes.isEmpty {
            let position = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 1: bytes[position] = UInt8.random(in: 0...255, using: &random)
            case 2: bytes[position] = Array("0123456789-.[]{}$#".utf8).randomElement(using: &random) ?? 0
            case 3: bytes.remove(at: position)
            case 4: bytes.insert(bytes[Int.random(in: 0..<bytes.count, using: &random)], at: position)
            default:
                let end = min(bytes.count, position + Int.random(in: 1...40, using: &random))
                bytes.insert(contentsOf: bytes[position..<end], at: position)
            }
        }
        return bytes
    }

    @Test(
        "are refused or score", .timeLimit(.minutes(2)),
        arguments: ["xgboost_binary_hinge.json", "xgboost_binary_hinge.ubj", "lightgbm_quantile.txt"])
    func mutations(file: String) async throws {
        var original = try ModelFixture.bytes(file)
        if let end = original.firstRange(of: Array("end of trees\n".utf8)) { original.removeSubrange(end.upperBound...) }
        let table = Table(
            rowCount: 3, columns: try ModelFixture("xgboost_binary_hinge").table.rows(0..<3).columns)
        let seed: UInt64 = 11
        var random = Seeded(state: seed)
        var (refused, scored) = (0, 0)
        for number in 0..<Self.mutationCount {
            let bytes = mutated(original, using: &random)
            guard let model = try? ModelFile.load(bytes: bytes, named: "mutation \(number)") else {
                refused += 1
                continue
            }
            do {
                let answers = try await NativeRunner(model, concurrency: 1).predict(table) { _ in }
                #expect(answers.values.count == 3 * model.outputs(raw: false), "mutation \(number) of seed \(seed)")
                scored += 1
            } catch let error as GatehouseError {
                // A renamed feature is a sound model that this table does not fit.
                #expect(error.code == .invalidArgument, "mutation \(number) of seed \(seed)")
            }
        }
        // Both kinds must occur, or the mutations test nothing.
        #expect(refused > Self.mutationCount / 20)
        #expect(scored > Self.mutationCount / 100)
    }
}

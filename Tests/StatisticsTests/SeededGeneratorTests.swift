import Testing

@testable import Statistics

@Suite struct SeededGeneratorTests {
    @Test("the stream of a seed is the published algorithm's")
    func stream() {
        // SplitMix64 of 1234567: the values in circulation for that seed; xoshiro256** after it: computed with whole
        // numbers in Python from the authors' definition.
        var mixer = SplitMix64(state: 1_234_567)
        #expect(
            (0..<3).map { _ in mixer.next() } == [
                6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
            ])
        var generator = SeededGenerator(seed: 42)
        #expect(
            (0..<4).map { _ in generator.next() }
                == [0x1578_0B2E_0C2E_C716, 0x6104_D986_6D11_3A7E, 0xAE17_5332_39E4_99A1, 0xECB8_AD47_03B3_60A1])
    }

    @Test("uniform, whole and normal numbers keep to their ranges and means")
    func ranges() {
        var generator = SeededGenerator(seed: 7)
        let uniforms = (0..<20_000).map { _ in generator.uniform() }
        #expect(uniforms.allSatisfy { $0 >= 0 && $0 < 1 })
        #expect(near(Mean(rows: uniforms.count) { uniforms[$0] }.value, 0.5, 0.01))
        let wholes = (0..<20_000).map { _ in generator.below(6) }
        #expect(Set(wholes) == Set(0..<6))
        let normals = (0..<20_000).map { _ in generator.normal() }
        #expect(near(Mean(rows: normals.count) { normals[$0] }.value, 0, 0.03))
        #expect(near(Mean(rows: normals.count) { normals[$0] * normals[$0] }.value, 1, 0.05))
    }
}

import GatehouseCore
import Scoring
import Testing

@Suite("Perturbing inputs")
struct PerturbationTests {
    private let table = Table.numbers([
        "a": Array(repeating: 10, count: 10_000), "b": [.nan, 0, .greatestFiniteMagnitude] + Array(repeating: 1, count: 9997),
    ])

    private func numbers(_ table: Table, _ name: String) throws -> [Double] {
        guard case .numeric(let numbers) = try #require(table[name]).values else { return [] }
        return numbers
    }

    @Test("the noise is normal, in proportion to the value")
    func distribution() throws {
        let noisy = try numbers(Perturbation.table(table, columns: ["a"], relativeNoise: 0.05, seed: 1), "a")
        let shifts = noisy.map { $0 / 10 - 1 }
        let mean = shifts.reduce(0, +) / 10_000
        let deviation = (shifts.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 9999).squareRoot()
        // Four standard errors: 0.05 / √n for the mean, 0.05 / √(2n) for the deviation.
        #expect(abs(mean) < 0.002)
        #expect(abs(deviation - 0.05) < 0.0015)
        let beyondTwo = shifts.count { abs($0) > 0.1 }
        #expect((380...530).contains(beyondTwo), "4.55 % of a normal distribution lie beyond two deviations")
    }

    @Test("missing stays missing, zero stays zero, the largest number stays finite")
    func edges() throws {
        let noisy = try numbers(Perturbation.table(table, columns: ["b"], relativeNoise: 1, seed: 7), "b")
        #expect(noisy[0].isNaN)
        #expect(noisy[1] == 0)
        #expect(noisy[2].isFinite)
    }

    @Test("the same seed gives the same numbers, whatever else is perturbed; another seed gives others")
    func reproducible() throws {
        let alone = try numbers(Perturbation.table(table, columns: ["a"], relativeNoise: 0.1, seed: 3), "a")
        let together = try numbers(Perturbation.table(table, columns: ["b", "a"], relativeNoise: 0.1, seed: 3), "a")
        let other = try numbers(Perturbation.table(table, columns: ["a"], relativeNoise: 0.1, seed: 4), "a")
        #expect(alone == together)
        #expect(alone != other)
    }

    @Test("columns not named and columns of text are left alone")
    func untouched() throws {
        let text = TableColumn(name: "city", values: .categorical(codes: [0, -1], categories: ["Ulm"]))
        let table = Table(rowCount: 2, columns: [TableColumn(name: "x", values: .numeric([1, 2])), text])
        let noisy = try Perturbation.table(table, columns: ["city"], relativeNoise: 0.1, seed: 3)
        #expect(try numbers(noisy, "x") == [1, 2])
        guard case .categorical(let codes, let categories) = try #require(noisy["city"]).values else {
            Issue.record("the column of text became numbers")
            return
        }
        #expect(codes == [0, -1])
        #expect(categories == ["Ulm"])
    }

    @Test("a noise out of range and an unknown column are errors", arguments: [0, -0.1, 1.5, .nan, .infinity])
    func badNoise(noise: Double) {
        let error = #expect(throws: GatehouseError.self) {
            try Perturbation.table(table, columns: ["a"], relativeNoise: noise, seed: 1)
        }
        #expect(error?.code == .invalidArgument)
        let unknown = #expect(throws: GatehouseError.self) {
            try Perturbation.table(table, columns: ["aa"], relativeNoise: 0.1, seed: 1)
        }
        #expect(unknown?.hint == "Did you mean 'a'?")
    }
}

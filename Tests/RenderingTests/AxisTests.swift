import Testing

@testable import Rendering

@Suite("Axes") struct AxisTests {
    @Test(
        "ticks are round numbers, few, and inside the range",
        arguments: [
            ([0.0, 1], ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
            ([0.7031, 0.7936], ["0.70", "0.72", "0.74", "0.76", "0.78"]),
            ([-3, 12], ["0", "5", "10"]), ([1e6, 3e6], ["1e6", "1.5e6", "2e6", "2.5e6", "3e6"]),
            ([5], ["4.6", "4.8", "5.0", "5.2", "5.4"]),
        ])
    func ticks(_ values: [Double], _ labels: [String]) {
        #expect(Axis(values, ticksMax: 6).ticks.map(\.label) == labels)
    }

    @Test("every value has its place, in the order of the values", arguments: AxisScale.allCases)
    func order(_ scale: AxisScale) {
        let values = [0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999]
        let axis = Axis(values, scale: scale, ticksMax: 8)
        let places = values.compactMap(axis.share)
        #expect(places.count == values.count && places == places.sorted() && Set(places).count == places.count)
        #expect(places.allSatisfy { (0...1).contains($0) })
    }

    @Test("each nine of a tail is as wide as the one before")
    func tail() throws {
        let axis = Axis([0, 0.9999], scale: .tail, ticksMax: 8)
        #expect(axis.ticks.map(\.label) == ["0 %", "50 %", "90 %", "99 %", "99.9 %", "99.99 %"])
        let places = try [0.9, 0.99, 0.999].map { try #require(axis.share(of: $0)) }
        #expect(abs((places[1] - places[0]) - (places[2] - places[1])) < 1e-9)
        #expect(axis.share(of: 1) == nil)
    }

    @Test("decades are thinned until they fit")
    func decades() {
        #expect(Axis([1, 1000], scale: .logarithmic, ticksMax: 6).ticks.map(\.label) == ["1", "10", "100", "1,000"])
        let wide = Axis([1e-300, 1e300], scale: .logarithmic, ticksMax: 5).ticks
        #expect((2...5).contains(wide.count), "\(wide)")
        #expect(Axis([1], scale: .logarithmic, ticksMax: 5).share(of: 0) == nil)
    }

    @Test(
        "numbers at the ends of what doubles hold make no crash and no place outside",
        arguments: [
            [], [Double.nan], [Double.infinity, -Double.infinity],
            [Double.greatestFiniteMagnitude, -Double.greatestFiniteMagnitude], [1e300, -1e300],
            [Double.leastNonzeroMagnitude, 0], [1e15, 1e15 + 0.25], [0, 0],
            [-Double.leastNormalMagnitude, Double.leastNormalMagnitude],
        ] as [[Double]])
    func extremes(_ values: [Double]) {
        for scale in AxisScale.allCases {
            for fromZero in [true, false] {
                let axis = Axis(values, scale: scale, fromZero: fromZero, ticksMax: 6)
                #expect(axis.ticks.count <= 8)
                for value in values + [0, 1] { #expect(axis.share(of: value).map { (0...1).contains($0) } ?? true) }
            }
        }
    }
}

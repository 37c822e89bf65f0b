import Foundation
import Testing

@testable import Rendering

@Suite("Charts of traffic") struct LiveChartTests {
    @Test("a value holds until the next one, and a gap is a gap")
    func steps() {
        let chart = TimeChart(
            "Requests", yTitle: "per second", from: 0, span: 60_000, series: [.init("v1", [1, 2, nil, 1])],
            markers: [.init(at: 120_000, "v2 answers")])
        let drawn = TimeDrawing(chart: chart, id: "t").markup.text
        // Two runs: the first one goes up once, and nothing crosses the gap.
        let path = drawn.split(separator: "<path d=\"").map(String.init).last { $0.contains("curve") } ?? ""
        #expect(path.split(separator: "\"")[0].count { $0 == "M" } == 2)
        #expect(path.split(separator: "\"")[0].count { $0 == "V" } == 1)
        #expect(drawn.contains("v2 answers") && drawn.contains("1970-01-01 00:02: v2 answers."))
        #expect(TimeDrawing(chart: chart, id: "t").tables[0].rows[2][1].text == "—")
    }

    @Test(
        "moments are those of the calendar",
        arguments: [
            (Int64(0), "1970-01-01 00:00"), (1_768_467_600_000, "2026-01-15 09:00"), (1_709_164_740_000, "2024-02-28 23:59"),
            (1_709_210_096_000, "2024-02-29 12:34"), (-60_000, "1969-12-31 23:59"),
        ])
    func clock(_ milliseconds: Int64, _ expected: String) { #expect(ClockMarks.words(milliseconds) == expected) }

    @Test("marks of time are round and few", arguments: [Int64(15), 60, 360, 1_440, 10_080, 525_600])
    func marks(_ minutes: Int64) {
        let found = ClockMarks.between(1_768_467_601_234, 1_768_467_601_234 + minutes * 60_000)
        #expect((2...9).contains(found.count))
        #expect(found.allSatisfy { $0.at.isMultiple(of: 60_000) })
    }

    @Test("names of marks do not touch; what has no room stays out of the picture")
    func names() {
        let named = TimeDrawing.named([(10, "first"), (12, "second"), (14, "third"), (740, "at the end")], end: 760)
        #expect(named.map(\.label) == ["first", "second", "at the end"])
        #expect(named.map(\.row) == [0, 1, 0])
        #expect(named[2].place < 740)
    }

    @Test("shares are bars of one length with their numbers in words")
    func shares() {
        let chart = ShareChart(
            "Who answers",
            rows: [.init("asked", [.init("v1", 0.95), .init("v2", 0.05)]), .init("seen", [], note: "nothing was counted")])
        let drawn = ShareDrawing(chart: chart, id: "s").markup.text
        #expect(drawn.contains("v1 95 % · v2 5 %") && drawn.contains("nothing was counted"))
        #expect(drawn.components(separatedBy: "<rect").count == 3)
        #expect(ShareDrawing(chart: chart, id: "s").table.rows[1].map(\.text) == ["seen", "—", "—", "nothing was counted"])
    }

    @Test("a band is drawn around its line, a single point with its interval")
    func band() {
        func chart(_ count: Int) -> BandChart {
            BandChart(
                "Difference", xTitle: "n", yTitle: "difference",
                points: (0..<count).map { .init(Double($0), value: 0.5, lower: 0.4, upper: 0.6) }, lines: [.init("none", 0)])
        }
        #expect(BandDrawing(chart: chart(3), id: "b").markup.text.contains("class=\"band colour-1\""))
        let one = BandDrawing(chart: chart(1), id: "b").markup.text
        #expect(one.contains("class=\"range colour-1\"") && !one.contains("class=\"band"))
        #expect(BandDrawing(chart: chart(1000), id: "b").table.rows.count <= 41)
        #expect(BandDrawing(chart: chart(1000), id: "b").table.rows.last?[0].text == "999.0")
    }

    @Test("a plane shows points or squares, and the share of every quadrant")
    func plane() {
        func chart(_ points: [LineChart.Point]) -> PlaneChart {
            PlaneChart(
                "Predictions", xTitle: "v1", yTitle: "v2", lower: 0, upper: 1, side: 2, counts: [4, 0, 1, 9], points: points,
                threshold: 0.5,
                quadrants: [
                    .init("only v2", rows: 1, share: 1 / 14), .init("both", rows: 9, share: 9 / 14),
                    .init("neither", rows: 4, share: 4 / 14), .init("only v1", rows: 0, share: 0),
                ])
        }
        let squares = PlaneDrawing(chart: chart([]), id: "p").markup.text
        #expect(squares.contains("level-5") && squares.contains("7.1 %") && squares.contains("yes from 0.5<"))
        let points = PlaneDrawing(chart: chart([.init(0.1, 0.2)]), id: "p").markup.text
        #expect(points.contains("class=\"points") && !points.contains("class=\"cell"))
        #expect(PlaneDrawing(chart: chart([]), id: "p").tables[1].rows[0].map(\.text) == ["0.50…1.00", "0.50…1.00", "9"])
    }

    @Test("the same values are the same bytes")
    func deterministic() {
        let chart = TimeChart("a", yTitle: "b", from: 0, span: 1000, series: [.init("x", [1, 2, 3])])
        #expect(Set((0..<5).map { _ in TimeDrawing(chart: chart, id: "t").markup.text }).count == 1)
    }
}

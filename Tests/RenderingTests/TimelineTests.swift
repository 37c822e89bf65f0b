import Rendering
import Testing

@Suite("Timelines")
struct TimelineTests {
    /// 2026-01-15 09:00 UTC.
    private static let start: Int64 = 1_768_467_600_000
    private static let hour: Int64 = 3_600_000

    private static func timeline(_ spans: [Timeline.Span], now: Int64 = start + 12 * hour) -> String {
        Timeline("Who held which slot", lanes: [Timeline.Lane("production/default", spans)], now: now).markup(id: "t").text
    }

    @Test("stays are drawn in their places, named, and listed with their times")
    func stays() {
        let drawn = Self.timeline([
            .init("v1", from: Self.start, until: Self.start + 6 * Self.hour, note: "adopted"),
            .init("v3", from: Self.start + 6 * Self.hour, until: nil, tone: .good),
        ])
        #expect(
            drawn.contains(
                "<desc id=\"t-desc\">production/default: v1 from 2026-01-15 09:00 until 2026-01-15 15:00, v3 from 2026-01-15 15:00 until now.</desc>"
            ))
        // From the label's width and a gap to the edge; the open stay takes a third of what lies before it.
        #expect(drawn.contains("<rect x=\"158\" y=\"34\" width=\"440\" height=\"22\" class=\"stay neutral\"/>"))
        #expect(drawn.contains("<rect x=\"599\" y=\"34\" width=\"146\" height=\"22\" class=\"stay good goes-on\"/>"))
        #expect(drawn.contains("<text x=\"378.5\" y=\"49.5\" class=\"middle\">v1</text>"))
        #expect(drawn.contains("<td class=\"left\">2026-01-15 15:00</td><td class=\"left\">now</td>"))
        #expect(!drawn.contains("class=\"return\""))
        #expect(drawn.contains(">12:00</text>"))
    }

    @Test("who comes back is led back to where the stay before ended; who follows directly is not")
    func returns() {
        let hours = [0, 2, 4, 6, 8].map { Self.start + $0 * Self.hour }
        let labels = ["v1", "v2", "v2", "v1"]
        let drawn = Self.timeline(
            labels.indices.map { .init(labels[$0], from: hours[$0], until: $0 == 3 ? nil : hours[$0 + 1]) })
        #expect(drawn.components("class=\"return\"") == 1)
        #expect(drawn.components("class=\"return-tip\"") == 1)
    }

    @Test("a short stay has its name below it, and names never lie on one another")
    func short() {
        var spans: [Timeline.Span] = [.init("v1", from: Self.start, until: Self.start + 100 * Self.hour)]
        for index in 0..<40 {
            let from = Self.start + 100 * Self.hour + Int64(index) * 60_000
            spans.append(.init("v\(index + 2)", from: from, until: from + 60_000))
        }
        let drawn = Self.timeline(spans, now: Self.start + 200 * Self.hour)
        // 40 stays of a minute share less than three pixels.
        #expect(drawn.components("class=\"middle small\"") == 1)
        #expect(drawn.components("<title>v") == 41)
    }

    @Test(
        "times that no clock shows are drawn at the edge",
        arguments: [[Int64.min, Int64.max], [0, 0], [Int64.max - 1, Int64.max], [-1, 1]])
    func extremes(times: [Int64]) {
        for now in [Int64.min, 0, Int64.max] {
            let drawn = Self.timeline([.init("v1", from: times[0], until: times[1])], now: now)
            #expect(drawn.contains("<rect ") && !drawn.contains("nan") && !drawn.contains("inf"))
        }
    }

    private static func terminal(_ spans: [Timeline.Span], columns: Int?) -> [String] {
        let timeline = Timeline("t", lanes: [.init("production", spans)], now: start + 12 * hour)
        return TerminalReport(columns: columns, styled: { text, style in style == .dim ? text : "<\(text)>" }).lines(timeline)
    }

    @Test("a terminal shows stays as bars with their names, who came back and what goes on")
    func terminal() {
        let spans: [Timeline.Span] = [
            .init("v1", from: Self.start, until: Self.start + 3 * Self.hour),
            .init("v2", from: Self.start + 3 * Self.hour, until: Self.start + 6 * Self.hour),
            .init("v1", from: Self.start + 6 * Self.hour, until: nil, tone: .good),
        ]
        #expect(
            Self.terminal(spans, columns: 52) == [
                "production  ├ v1 ─────────┤├ v2 ─────────┤<├ ↩ v1 ──▶>", "               10:00     12:00     14:00     16:00",
            ])
        #expect(Self.terminal(spans, columns: 24).isEmpty && Self.terminal([], columns: 80).isEmpty)
        #expect(Self.terminal(spans, columns: nil)[0].hasSuffix("▶>"))
    }

    @Test("the newest of many stays are still there, and nothing is wider than the window")
    func crowded() {
        let spans = (0..<30).map { index -> Timeline.Span in
            let from = Self.start + Int64(index) * Self.hour / 60
            return .init("v\(index)", from: from, until: index == 29 ? nil : from + Self.hour / 60)
        }
        for columns in [30, 40, 200] {
            let line = Self.terminal(spans, columns: columns)[0]
            #expect(line.count <= columns && line.hasSuffix("▶"), "\(line)")
        }
    }

    @Test("without any stay there is nothing to draw")
    func empty() {
        #expect(Self.timeline([]).contains("There is nothing to draw."))
    }
}

extension String {
    fileprivate func components(_ part: String) -> Int { ranges(of: part).count }
}

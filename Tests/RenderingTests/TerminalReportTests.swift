import Rendering
import Testing

@Suite("Reports in a terminal") struct TerminalReportTests {
    @Test("a report looks as it did when a person last looked", arguments: [40, 80])
    func looks(columns: Int) throws {
        let text = Samples.plain(Samples.everything, columns: columns).joined(separator: "\n") + "\n"
        try Golden.expect(text, is: "everything-\(columns).txt")
    }

    @Test("no line is wider than the window, whatever names, numbers and notes there are", arguments: [40, 57, 80, 200])
    func fits(columns: Int) {
        for report in [Samples.everything, Samples.hostile] {
            for line in Samples.plain(report, columns: columns) {
                #expect(Samples.cells(line) <= columns, "\(line)")
            }
        }
    }

    @Test("a pipe gets every word on the line where it belongs: nothing is wrapped, broken or cut")
    func pipe() {
        let lines = Samples.plain(Samples.everything, columns: nil)
        #expect(lines.contains { $0.hasSuffix(Samples.measurement.sentence) })
        #expect(lines.contains { $0.contains("recall, foreign_worker = A202") && $0.contains("single_class") })
        let words = lines.joined(separator: " ")
        for row in Samples.table.rows.joined() { #expect(words.contains(row.text)) }
    }

    @Test("numbers and words are whole in the narrowest window, too")
    func whole() {
        let words = Samples.plain(Samples.everything, columns: 40).joined(separator: " ")
        for word in Samples.table.rows.joined().flatMap({ $0.text.split(separator: " ") }) { #expect(words.contains(word)) }
        for bar in Samples.bars.bars where bar.value != nil { #expect(words.contains(bar.note)) }
    }

    @Test("control characters, line ends and marks of direction in names become spaces")
    func controls() {
        let table = DataTable(
            [.init("na\u{1B}[31mme", .left), .init("n")], rows: [[Phrase("a\tb\u{1B}[2J\r\nc\u{202E}d\u{2028}"), Phrase("1")]])
        for line in Samples.plain(Samples.only(.table(table)), columns: 80) {
            #expect(line.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x202E && $0.value != 0x2028 }, "\(line)")
        }
    }

    @Test("columns stand below each other also behind ideographs, emoji and accents")
    func wide() {
        let names = ["日本語", "e\u{301}te\u{301}", "👩‍👩‍👧", "❤️ a", "plain"]
        let table = DataTable([.init("name", .left), .init("n")], rows: names.map { [Phrase($0), Phrase("1")] })
        let lines = Samples.plain(Samples.only(.table(table)), columns: 80).suffix(names.count)
        #expect(Set(lines.map(Samples.cells)).count == 1, "\(lines)")
    }

    @Test("the interval, its value and the reference are where the axis says")
    func intervals() {
        let chart = IntervalChart(
            "c", rows: [.init("a", value: 0.5, lower: 0.25, upper: 0.75), .init("b", value: 0), .init("c", value: 1)],
            reference: 0.25, decimals: 2)
        let lines = Samples.plain(Samples.only(.intervals(chart)), columns: 80)
        let row = lines.first { $0.contains("├") } ?? ""
        let start = row.firstIndex { "├┼".contains($0) }.map { row.distance(from: row.startIndex, to: $0) } ?? 0
        let middle = row.firstIndex(of: "●").map { row.distance(from: row.startIndex, to: $0) } ?? 0
        let end = row.firstIndex(of: "┤").map { row.distance(from: row.startIndex, to: $0) } ?? 0
        #expect(abs((middle - start) - (end - middle)) <= 1 && end - middle >= 8, "\(row)")
        let other = lines.first { $0.hasPrefix("  b ") } ?? ""
        #expect(other.firstIndex(of: "│").map { other.distance(from: other.startIndex, to: $0) } == start)
        #expect(lines.contains("  │ marks 0.25"))
    }

    @Test("an interval open on one side runs to the edge")
    func openIntervals() {
        let chart = IntervalChart(
            "c", rows: [.init("a", value: 2, lower: 1, upper: nil), .init("b", value: 3, lower: nil, upper: 4)], decimals: 0)
        let lines = Samples.plain(Samples.only(.intervals(chart)), columns: 80)
        #expect(lines.contains { $0.contains("1…  ") && $0.contains("├") && $0.contains("─▸") })
        #expect(lines.contains { $0.contains(" …4") && $0.contains("◂─") && $0.contains("┤") })
    }

    @Test("bars are as long as their amounts, to an eighth of a cell")
    func bars() {
        let chart = BarChart("c", bars: [.init("a", value: 1), .init("b", value: 0.5), .init("c", value: 0)], limit: nil)
        let lines = Samples.plain(Samples.only(.bars(chart)), columns: 80)
        let lengths = lines.filter { $0.hasPrefix("  a ") || $0.hasPrefix("  b ") }.map { line in
            line.reduce(0.0) {
                $0 + ($1 == "█" ? 1 : (Double("▏▎▍▌▋▊▉".firstIndex(of: $1)?.utf16Offset(in: "▏▎▍▌▋▊▉") ?? -1) + 1) / 8)
            }
        }
        #expect(lengths.count == 2 && abs(lengths[0] - 0.5 - 2 * (lengths[1] - 0.5)) <= 0.26, "\(lengths)")
        #expect(lines.contains { $0.hasPrefix("  c ") && !$0.contains("█") && !$0.contains("▏") })
    }

    @Test("tones colour words only where a terminal is told to, and a mark says them anyway")
    func tones() {
        let marked = TerminalReport(columns: 80) { "<\($1)>\($0)</>" }.lines(Samples.measurement)
        #expect(marked[0] == "<bold>Measurement of holdout.csv</>")
        #expect(marked.contains { $0.hasPrefix("<yellow>? inconclusive</>  The candidate") })
        #expect(marked.contains { $0.hasSuffix("<red>worse</>") })
        #expect(Samples.plain(Samples.measurement, columns: 80).contains { $0.hasPrefix("? inconclusive  The") })
    }

    @Test("charts without rows, values or room are their caption and no crash")
    func empty() {
        let blocks: [Report.Block] = [
            .intervals(IntervalChart("nothing", rows: [])), .bars(BarChart("nothing", bars: [])),
            .lines(LineChart("nothing", xTitle: "x", yTitle: "y", series: [])),
            .lines(LineChart("nothing", xTitle: "x", yTitle: "y", series: [.init("a", [.init(.nan, 1), .init(1, .infinity)])])),
            .table(DataTable([], rows: [])), .text(""), .note(""),
        ]
        for block in blocks {
            for columns in [1, 40, 80, nil] { #expect(Samples.plain(Samples.only(block), columns: columns).count >= 4) }
        }
    }

    @Test("a curve shows both of its ends and its middle, in at most twelve lines")
    func curves() {
        let rising = LineChart(
            "c", xTitle: "x", yTitle: "y", series: [.init("a", (0...100).map { .init(Double($0), Double($0)) })])
        let lines = Array(Samples.plain(Samples.only(.lines(rising)), columns: 60).dropFirst(5))
        #expect(lines.count <= 12)
        let dots = lines.map { line in line.firstIndex { ("\u{2801}"..."\u{28FF}").contains($0) } }
        let columns = zip(lines, dots).compactMap { line, dot in dot.map { line.distance(from: line.startIndex, to: $0) } }
        #expect(columns.count == 8 && columns == columns.sorted(by: >) && Set(columns).count == 8, "\(lines)")
    }
}

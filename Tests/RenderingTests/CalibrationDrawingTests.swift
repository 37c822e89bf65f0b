import Foundation
import Testing

@testable import Rendering

@Suite("Calibration") struct CalibrationDrawingTests {
    private static func series(_ label: String, shift: Double) -> CalibrationChart.Series {
        .init(
            label,
            [1, 4, 8].map { bin in
                let middle = Double(bin) / 10 + 0.05
                return .init(
                    from: Double(bin) / 10, until: Double(bin + 1) / 10, n: 100 * bin, predicted: middle,
                    observed: middle + shift, lower: middle + shift - 0.04, upper: middle + shift + 0.04)
            }, error: abs(shift))
    }

    private let one = CalibrationChart("Calibration of v7", series: [series("v7", shift: 0.02)])
    private let two = CalibrationChart(
        "v6 and v7 on the same rows", series: [series("v6", shift: -0.05), series("v7", shift: 0.02)])

    @Test("a calibration looks as it did when a person last looked")
    func looks() throws {
        let page = HTMLReport(Report(title: "t", sentence: "s", sections: [.init("x", [.calibration(one), .calibration(two)])]))
        try Golden.expect(page.page, is: "calibration.html")
    }

    @Test("a point, an interval and a bar per bin, the diagonal, and nothing that joins the points")
    func parts() {
        let drawn = CalibrationDrawing(chart: two, id: "c").markup.text
        #expect(drawn.components(separatedBy: "class=\"diagonal\"").count == 2)
        // One more of each for the name at the right.
        #expect(drawn.components(separatedBy: "class=\"mark colour-1\"").count == 1 + 3 + 1)
        #expect(drawn.components(separatedBy: "class=\"dot colour-2\"").count == 1 + 3 + 1)
        #expect(drawn.components(separatedBy: "class=\"range ").count == 1 + 2)
        #expect(!drawn.contains("curve"))
    }

    @Test("the words and the table say what is drawn")
    func words() {
        let drawing = CalibrationDrawing(chart: two, id: "c")
        #expect(
            drawing.markup.text.contains(
                "v6: expected calibration error 0.0500 over 1,300 rows. Farthest from the diagonal"))
        #expect(drawing.tables.map(\.rows.count) == [3, 3])
        #expect(drawing.tables[1].rows[2].map(\.text) == ["0.8…0.9", "0.8500", "0.8700", "0.8300", "0.9100", "800"])
    }

    @Test("a third one is left out: two are told apart")
    func most() { #expect(CalibrationChart("c", series: two.series + one.series).series.count == 2) }
}

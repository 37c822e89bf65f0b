/// A report as one HTML page that needs nothing else: styles inside, charts as SVG, no script, no outside request.
/// The same report is the same bytes.
package struct HTMLReport {
    private let report: Report

    package init(_ report: Report) { self.report = report }

    package var page: String {
        let html = Tag.html(.lang("en")) {
            head
            Tag.body {
                Tag.main {
                    header
                    for (index, section) in report.sections.enumerated() { self.section(section, "s\(index + 1)") }
                }
            }
        }
        return "<!doctype html>\n" + html.text
    }

    private var head: Markup {
        Tag.head {
            Tag.meta(Attribute("charset", "utf-8"))
            Tag.meta(.name("viewport"), .content("width=device-width, initial-scale=1"))
            Tag.meta(.name("color-scheme"), .content("light dark"))
            // Whatever a name smuggled in, the browser would neither run nor fetch it.
            Tag.meta(
                Attribute("http-equiv", "Content-Security-Policy"), .content("default-src 'none'; style-src 'unsafe-inline'"))
            Tag.title { report.title }
            Tag.style { ReportStyle.sheet }
        }
    }

    private var header: Markup {
        Tag.header {
            Tag.h1 { report.title }
            Tag.p(.class("finding")) {
                if let verdict = report.verdict, !verdict.text.isEmpty {
                    Tag.strong(.class("verdict \(verdict.tone.rawValue)")) { verdict.tone.markedWord(verdict.text) }
                    " "
                }
                report.sentence
            }
            if !report.facts.isEmpty {
                Tag.dl {
                    for fact in report.facts {
                        Tag.div {
                            Tag.dt { fact.name }
                            Tag.dd { fact.value }
                        }
                    }
                }
            }
        }
    }

    private func section(_ section: Report.Section, _ id: String) -> Markup {
        Tag.section(.labelledBy(id)) {
            Tag.h2(.id(id)) { section.title }
            for (index, block) in section.blocks.enumerated() { block.markup(title: section.title, id: "\(id)-\(index + 1)") }
        }
    }
}

/// A report as lines of text for a terminal, or for a pipe.
package struct TerminalReport {
    /// The width of the window; nil for a pipe, whose lines are never wrapped.
    private let columns: Int?
    private let styled: (String, TextStyle) -> String

    /// `styled` marks text for the terminal it goes to, or leaves it alone.
    package init(columns: Int?, styled: @escaping (String, TextStyle) -> String) {
        self.columns = columns
        self.styled = styled
    }

    package func lines(_ report: Report) -> [String] { [report.title, report.sentence] }
}

/// How a terminal may set text apart.
package enum TextStyle: String, Sendable, CaseIterable {
    case bold = "1"
    case dim = "2"
    case red = "31"
    case green = "32"
    case yellow = "33"
}

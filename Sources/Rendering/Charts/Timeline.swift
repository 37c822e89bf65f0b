/// Who was where, and when: a lane for each place, a span for each stay. Where a lane marks returns, a stay of somebody who was
/// there before is drawn with an arc back to the end of the stay before it.
package struct Timeline: Sendable, Equatable {
    package struct Span: Sendable, Equatable {
        /// `v3`: spans of one label are stays of the same one.
        package let label: String
        /// Milliseconds since 1970.
        package let from: Int64
        /// Nil: it goes on.
        package let until: Int64?
        package let tone: Tone
        /// Behind it in the table: how it came about.
        package let note: String

        package init(_ label: String, from: Int64, until: Int64?, tone: Tone = .neutral, note: String = "") {
            self.label = label
            self.from = from
            self.until = until
            self.tone = tone
            self.note = note
        }
    }

    package struct Lane: Sendable, Equatable {
        package let label: String
        /// In the order of time; no two at once.
        package let spans: [Span]
        package let marksReturns: Bool

        package init(_ label: String, _ spans: [Span], marksReturns: Bool = true) {
            self.label = label
            self.spans = spans
            self.marksReturns = marksReturns
        }

        /// The stay before this one of the same label, where there was another one between.
        func returned(_ index: Int) -> Int? {
            guard marksReturns, index > 1 else { return nil }
            return (0..<index - 1).last { spans[$0].label == spans[index].label }
        }
    }

    package let caption: String
    package let lanes: [Lane]
    /// What "now" is, in milliseconds since 1970.
    package let now: Int64

    package init(_ caption: String, lanes: [Lane], now: Int64) {
        self.caption = caption
        self.lanes = lanes
        self.now = now
    }
}

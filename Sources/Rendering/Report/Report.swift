/// What a tool found, before anything decides how it looks: the same value is shown in a terminal and written as a page.
package struct Report: Sendable, Equatable {
    /// `Measurement of holdout.csv`.
    package let title: String
    /// The finding in one sentence with the numbers that matter.
    package let sentence: String
    /// The verdict in a word or two, where there is one.
    package let verdict: Phrase?
    /// What went in: rows, files, thresholds.
    package let facts: [Fact]
    package let sections: [Section]

    package init(title: String, sentence: String, verdict: Phrase? = nil, facts: [Fact] = [], sections: [Section] = []) {
        self.title = title
        self.sentence = sentence
        self.verdict = verdict
        self.facts = facts
        self.sections = sections
    }

    package struct Fact: Sendable, Equatable {
        package let name: String
        package let value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    package struct Section: Sendable, Equatable {
        package let title: String
        package let blocks: [Block]

        package init(_ title: String, _ blocks: [Block]) {
            self.title = title
            self.blocks = blocks
        }
    }

    package enum Block: Sendable, Equatable {
        case text(String)
        /// What a reader should know beside the numbers; marked as such.
        case note(String)
        case table(DataTable)
        case intervals(IntervalChart)
        case bars(BarChart)
        /// The terminal shows a sketch of it.
        case lines(LineChart)
        // The terminal shows the numbers of those below.
        case shares(ShareChart)
        case band(BandChart)
        case time(TimeChart)
        case plane(PlaneChart)
        case calibration(CalibrationChart)
    }
}

/// How good the news is; decides colour, and never alone: a word always says it too.
package enum Tone: String, Sendable, CaseIterable {
    case neutral, good, caution, bad
}

/// Words with a tone.
package struct Phrase: Sendable, Equatable {
    package let text: String
    package let tone: Tone

    package init(_ text: String, _ tone: Tone = .neutral) {
        self.text = text
        self.tone = tone
    }
}

package struct DataTable: Sendable, Equatable {
    package enum Alignment: Sendable { case left, right }

    package struct Column: Sendable, Equatable {
        package let title: String
        package let alignment: Alignment

        package init(_ title: String, _ alignment: Alignment = .right) {
            self.title = title
            self.alignment = alignment
        }
    }

    package let columns: [Column]
    /// As many cells per row as there are columns.
    package let rows: [[Phrase]]
    /// Above the table where it is not empty; else the section's title names it.
    package let caption: String

    package init(_ columns: [Column], rows: [[Phrase]], caption: String = "") {
        precondition(rows.allSatisfy { $0.count == columns.count }, "a row has a cell per column")
        self.columns = columns
        self.rows = rows
        self.caption = caption
    }
}

/// Values with the intervals around them on one axis, a row each.
package struct IntervalChart: Sendable, Equatable {
    package struct Row: Sendable, Equatable {
        package let label: String
        /// Nil where there is none; `note` then says why.
        package let value: Double?
        package let lower: Double?
        package let upper: Double?
        package let tone: Tone
        /// Behind the row: a sample size, a reason.
        package let note: String
        /// Too little stands behind the value for it to be judged; `note` says so in words.
        package let isHollow: Bool

        package init(
            _ label: String, value: Double?, lower: Double? = nil, upper: Double? = nil, tone: Tone = .neutral, note: String = "",
            isHollow: Bool = false
        ) {
            self.label = label
            self.value = value
            self.lower = lower
            self.upper = upper
            self.tone = tone
            self.note = note
            self.isHollow = isHollow
        }
    }

    package let caption: String
    package let rows: [Row]
    /// A value that decides: a limit, no difference, parity. Drawn as a line through all rows.
    package let reference: Double?
    package let decimals: Int

    package init(_ caption: String, rows: [Row], reference: Double? = nil, decimals: Int = 4) {
        self.caption = caption
        self.rows = rows
        self.reference = reference
        self.decimals = decimals
    }
}

/// Amounts from zero, a bar each.
package struct BarChart: Sendable, Equatable {
    package struct Bar: Sendable, Equatable {
        package let label: String
        /// Not negative; nil where there is none, `note` then says why.
        package let value: Double?
        package let tone: Tone
        package let note: String

        package init(_ label: String, value: Double?, tone: Tone = .neutral, note: String = "") {
            self.label = label
            self.value = value
            self.tone = tone
            self.note = note
        }
    }

    package let caption: String
    package let bars: [Bar]
    /// Drawn as a line through all bars.
    package let limit: Double?
    package let decimals: Int

    package init(_ caption: String, bars: [Bar], limit: Double? = nil, decimals: Int = 3) {
        self.caption = caption
        self.bars = bars
        self.limit = limit
        self.decimals = decimals
    }
}

/// Curves over one pair of axes: a reliability diagram, a ROC curve, a p-value as data come in, a latency distribution.
package struct LineChart: Sendable, Equatable {
    package struct Point: Sendable, Equatable {
        package let x: Double
        package let y: Double

        package init(_ x: Double, _ y: Double) {
            self.x = x
            self.y = y
        }
    }

    package struct Series: Sendable, Equatable {
        package let label: String
        package let points: [Point]
        package let tone: Tone
        /// Whether each point is marked as well.
        package let isMarked: Bool

        package init(_ label: String, _ points: [Point], tone: Tone = .neutral, isMarked: Bool = false) {
            self.label = label
            self.points = points
            self.tone = tone
            self.isMarked = isMarked
        }
    }

    package let caption: String
    package let xTitle: String
    package let yTitle: String
    package let series: [Series]
    /// A horizontal line: a budget, a significance level.
    package let reference: Double?
    /// Whether the line y = x is drawn: perfect calibration, no skill.
    package let hasDiagonal: Bool
    package let xScale: AxisScale
    package let yScale: AxisScale

    package init(
        _ caption: String, xTitle: String, yTitle: String, series: [Series], reference: Double? = nil,
        hasDiagonal: Bool = false, xScale: AxisScale = .linear, yScale: AxisScale = .linear
    ) {
        self.caption = caption
        self.xTitle = xTitle
        self.yTitle = yTitle
        self.series = series
        self.reference = reference
        self.hasDiagonal = hasDiagonal
        self.xScale = xScale
        self.yScale = yScale
    }
}

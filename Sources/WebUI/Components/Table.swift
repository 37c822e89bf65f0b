import Rendering

/// A column of a table of rows: its title, and what it shows of one.
struct Column<Row> {
    enum Kind { case words, prose, number }

    let title: String
    let kind: Kind
    let cell: (Row) -> Markup

    /// A name, a verdict, a moment: begins at the left and stays on one line.
    static func words(_ title: String, @MarkupBuilder _ cell: @escaping (Row) -> Markup) -> Column {
        Column(title: title, kind: .words, cell: cell)
    }

    /// A sentence or more: it may take several lines.
    static func prose(_ title: String, @MarkupBuilder _ cell: @escaping (Row) -> Markup) -> Column {
        Column(title: title, kind: .prose, cell: cell)
    }

    /// Ends at the right, with figures of one width.
    static func number(_ title: String, @MarkupBuilder _ cell: @escaping (Row) -> Markup) -> Column {
        Column(title: title, kind: .number, cell: cell)
    }
}

/// Rows of one kind. The first column names its row. Wide tables scroll inside a region that a keyboard reaches; a caption
/// that repeats the heading above is for readers who do not see it.
func table<Row>(_ caption: String, _ rows: [Row], _ columns: [Column<Row>], showsCaption: Bool = false) -> Markup {
    Tag.div(.class("scroll"), .role("region"), .label(caption), .isFocusable) {
        Tag.table {
            Tag.caption(showsCaption ? nil : .class("unseen")) { caption }
            Tag.thead {
                Tag.tr { for column in columns { Tag.th(.ofColumn, column.kind.style) { column.title } } }
            }
            Tag.tbody {
                for row in rows {
                    Tag.tr {
                        for (index, column) in columns.enumerated() {
                            if index == 0 {
                                Tag.th(.ofRow, column.kind.style) { column.cell(row) }
                            } else {
                                Tag.td(column.kind.style) { column.cell(row) }
                            }
                        }
                    }
                }
            }
        }
    }
}

extension Column.Kind {
    fileprivate var style: Attribute? {
        switch self {
        case .words: .class("left")
        case .prose: .class("left prose")
        case .number: nil
        }
    }
}

/// SQL text with bound values. An interpolated value becomes a parameter, never text, so a statement cannot be injected
/// into: `"SELECT version FROM model_alias WHERE model = \(name)"`.
package struct SQLStatement: Sendable, ExpressibleByStringInterpolation {
    /// A piece of the statement: text as written, or the place of a value.
    package enum Piece: Sendable, Equatable {
        case text(String)
        case parameter(SQLValue)
    }

    package let pieces: [Piece]
    /// Whether the text is one literal of the program: there are only so many of these. Spliced ones have as many texts as
    /// callers have conditions, so what is kept of them needs a bound.
    package let isFixed: Bool

    package init(stringLiteral value: String) {
        pieces = [.text(value)]
        isFixed = true
    }

    package init(stringInterpolation: StringInterpolation) {
        pieces = stringInterpolation.pieces
        isFixed = stringInterpolation.isFixed
    }

    package struct StringInterpolation: StringInterpolationProtocol {
        var pieces: [Piece] = []
        var isFixed = true

        package init(literalCapacity: Int, interpolationCount: Int) { pieces.reserveCapacity(interpolationCount * 2 + 1) }
        package mutating func appendLiteral(_ literal: String) { if !literal.isEmpty { pieces.append(.text(literal)) } }
        package mutating func appendInterpolation(_ value: some SQLBindable) { pieces.append(.parameter(value.sqlValue)) }
        /// Nil becomes NULL. An overload of its own: Swift warns of optionals in interpolations that do not name them.
        package mutating func appendInterpolation<Value: SQLBindable>(_ value: Value?) {
            pieces.append(.parameter(value.sqlValue))
        }
        /// Splices another statement in, with its values: for optional conditions.
        package mutating func appendInterpolation(_ statement: SQLStatement) {
            pieces += statement.pieces
            isFixed = false
        }
    }

    package var values: [SQLValue] {
        pieces.compactMap { piece in
            switch piece {
            case .text: nil
            case .parameter(let value): value
            }
        }
    }

    /// The text with one placeholder per value, numbered from 1.
    package func text(placeholder: (Int) -> String) -> String {
        var text = ""
        var number = 0
        for piece in pieces {
            switch piece {
            case .text(let literal): text += literal
            case .parameter:
                number += 1
                text += placeholder(number)
            }
        }
        return text
    }
}

extension SQLStatement {
    /// Values separated by commas, each a parameter: for `IN (…)`.
    package static func list(_ values: some Sequence<some SQLBindable>) -> SQLStatement {
        joined(values.map { "\($0)" }, by: ", ")
    }

    /// Statements in a row with the same text between them, such as conditions and ` AND `.
    package static func joined(_ statements: [SQLStatement], by separator: SQLStatement) -> SQLStatement {
        var pieces: [Piece] = []
        for (index, statement) in statements.enumerated() {
            if index > 0 { pieces += separator.pieces }
            pieces += statement.pieces
        }
        return SQLStatement(pieces: pieces)
    }

    private init(pieces: [Piece]) {
        self.pieces = pieces
        isFixed = false
    }
}

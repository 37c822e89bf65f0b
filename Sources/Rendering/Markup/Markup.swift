/// HTML or SVG, well formed and escaped by construction: it is made of tags, of attributes, and of text that cannot
/// become either.
///
///     Tag.table(.class("numbers")) {
///         for row in rows { Tag.tr { Tag.td { row.name } } }
///     }
package struct Markup: Sendable, Equatable {
    /// The markup as text; safe to send.
    package private(set) var text: String

    package init() { text = "" }

    /// Plain text, whatever it holds.
    package init(_ plain: String) {
        text = ""
        text.appendEscaped(plain)
    }

    /// What only a program's source can say: a style sheet, a character reference.
    package init(verbatim: StaticString) { text = verbatim.description }

    fileprivate init(capacity: Int) {
        text = ""
        text.reserveCapacity(capacity)
    }

    package static func += (left: inout Markup, right: Markup) { left.text += right.text }

    fileprivate mutating func append(_ syntax: String) { text += syntax }

    fileprivate mutating func append(_ attribute: Attribute) {
        text += " "
        text += attribute.name
        guard let value = attribute.value else { return }
        text += "=\""
        text.appendEscaped(value)
        text += "\""
    }
}

/// A kind of element. The names are the program's own.
package struct Tag: Sendable {
    private enum Body { case content, nothing, closedInside }

    private let name: String
    private let body: Body
    /// Whether a line ends behind it, so that pages can be read and compared.
    private let endsLine: Bool

    /// `isVoid`: without content and end, such as `<meta>`.
    package init(_ name: StaticString, isVoid: Bool = false, endsLine: Bool = true) {
        self.name = name.description
        body = isVoid ? .nothing : .content
        self.endsLine = endsLine
    }

    /// An element of SVG that has no content: `<line …/>`.
    package static func shape(_ name: StaticString) -> Tag { Tag(shape: name) }

    private init(shape: StaticString) {
        name = shape.description
        body = .closedInside
        endsLine = true
    }

    /// The element. Content of a tag that has none is left out.
    package func callAsFunction(
        _ attributes: Attribute?..., @MarkupBuilder content: () -> Markup = { Markup() }
    ) -> Markup {
        var markup = Markup(capacity: 64)
        markup.append("<")
        markup.append(name)
        for case let attribute? in attributes { markup.append(attribute) }
        switch body {
        case .content:
            markup.append(">")
            markup += content()
            markup.append("</")
            markup.append(name)
            markup.append(">")
        case .nothing: markup.append(">")
        case .closedInside: markup.append("/>")
        }
        if endsLine { markup.append("\n") }
        return markup
    }
}

/// One attribute of an element. Names are the program's own; values are escaped.
package struct Attribute: Sendable, Equatable {
    fileprivate let name: String
    fileprivate let value: String?

    /// Nil value: an attribute that is there or not, such as `open`.
    package init(_ name: StaticString, _ value: String?) {
        self.name = name.description
        self.value = value
    }

    /// A length or a place in a drawing, to a tenth; a number that is not finite is zero.
    package init(_ name: StaticString, _ value: Double) { self.init(name, Self.tenths(value)) }

    /// `12.5`, `12`: short, and the same on every machine.
    package static func tenths(_ value: Double) -> String {
        let tenths = Int(exactly: (value * 10).rounded()) ?? 0
        let digits = abs(tenths)
        let sign = tenths < 0 ? "-" : ""
        return digits % 10 == 0 ? "\(sign)\(digits / 10)" : "\(sign)\(digits / 10).\(digits % 10)"
    }
}

/// Puts pieces of markup behind one another. A `String` among them is text and is escaped.
@resultBuilder
package enum MarkupBuilder {
    package static func buildExpression(_ text: String) -> Markup { Markup(text) }
    package static func buildExpression(_ markup: Markup) -> Markup { markup }
    package static func buildBlock(_ parts: Markup...) -> Markup { joined(parts) }
    package static func buildArray(_ parts: [Markup]) -> Markup { joined(parts) }
    package static func buildOptional(_ part: Markup?) -> Markup { part ?? Markup() }
    package static func buildEither(first: Markup) -> Markup { first }
    package static func buildEither(second: Markup) -> Markup { second }

    private static func joined(_ parts: [Markup]) -> Markup {
        guard parts.count != 1 else { return parts[0] }
        var markup = Markup(capacity: parts.reduce(0) { $0 + $1.text.utf8.count })
        for part in parts { markup += part }
        return markup
    }
}

extension String {
    /// As text or as an attribute's value. Control characters and marks that turn the direction of writing, which no name
    /// or reason needs, become U+FFFD.
    fileprivate mutating func appendEscaped(_ plain: String) {
        guard plain.utf8.contains(where: Self.needsLook) else { return append(plain) }
        for scalar in plain.unicodeScalars {
            switch scalar {
            case "&": append("&amp;")
            case "<": append("&lt;")
            case ">": append("&gt;")
            case "\"": append("&quot;")
            case "'": append("&#39;")
            case "\n", "\t": unicodeScalars.append(scalar)
            case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}":
                append("\u{FFFD}")
            default: unicodeScalars.append(scalar)
            }
        }
    }

    private static func needsLook(_ byte: UInt8) -> Bool {
        // The marks of direction begin with E2 in UTF-8, the controls above ASCII with C2.
        byte < 0x20 || byte == 0x7F || byte == 0xE2 || byte == 0xC2 || byte == UInt8(ascii: "&")
            || byte == UInt8(ascii: "<") || byte == UInt8(ascii: ">") || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'")
    }
}

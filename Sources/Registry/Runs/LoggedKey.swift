import GatehouseCore

/// What a metric, a param or a tag may be called: as MLflow, whose file store makes files of these names.
enum LoggedKey {
    static let charactersMax = 250

    /// Fails with `invalidArgument`; `place` is the field, such as `metrics[3].name`.
    static func check(_ key: String, place: String) throws(GatehouseError) {
        guard key.unicodeScalars.allSatisfy(isAllowed) else {
            throw invalid(
                key, place,
                "Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/)."
            )
        }
        let normal = normalised(key)
        guard normal == key, normal != ".", !normal.hasPrefix(".."), !normal.hasPrefix("/") else {
            throw invalid(
                key, place,
                "Names may be treated as files in certain cases, and must not resolve to other names when treated as such. "
                    + "This name would resolve to '\(normal)'")
        }
    }

    /// Fails with `invalidArgument` when a text has more characters; MLflow counts code points.
    static func check(_ text: String, charactersMax: Int, what: String) throws(GatehouseError) {
        guard text.utf8.count > charactersMax, text.unicodeScalars.count > charactersMax else { return }
        throw GatehouseError(.invalidArgument, "'\(what)' exceeds the maximum length of \(charactersMax) characters")
    }

    static func invalid(_ key: String, _ place: String, _ why: String) -> GatehouseError {
        let shown = JSONValue.string(String(key.prefix(300))).canonicalText
        return GatehouseError(.invalidArgument, "Invalid value \(shown) for parameter '\(place)' supplied: \(why)")
    }

    /// The first so many code points of a text.
    static func truncated(_ text: String, to charactersMax: Int) -> String {
        guard text.utf8.count > charactersMax, text.unicodeScalars.count > charactersMax else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.prefix(charactersMax)))
    }

    /// `/`, `.`, `-`, `:`, a space, and what Python's `\w` matches.
    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "_", "/", ".", "-", ":", " ": return true
        case "\u{0}"..."\u{7f}": return false
        default:
            switch scalar.properties.generalCategory {
            case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: return true
            default: return scalar.properties.numericType != nil
            }
        }
    }

    /// The path without empty, `.` and `..` segments (POSIX: two leading slashes stay two).
    private static func normalised(_ path: String) -> String {
        let slashes = path.prefix(while: { $0 == "/" }).count
        let root = slashes == 0 ? "" : slashes == 2 ? "//" : "/"
        var segments: [Substring] = []
        for segment in path.split(separator: "/") where segment != "." {
            if segment != ".." || (root.isEmpty && (segments.isEmpty || segments.last == "..")) {
                segments.append(segment)
            } else if !segments.isEmpty {
                segments.removeLast()
            }
        }
        let joined = root + segments.joined(separator: "/")
        return joined.isEmpty ? "." : joined
    }
}

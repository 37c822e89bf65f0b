package import GatehouseCore

/// A slash command, taken apart.
package enum SlackCommand: Sendable, Equatable {
    /// Without a token it opens the questionnaire: there is no way around that.
    case approve(model: String, version: String, token: String?)
    case reject(model: String, version: String, reason: String)
    case link(code: String)

    package static let textBytesMax = 16_384

    /// Reads `/approve-model`, `/reject-model` or `/link-gatehouse` with its text as Slack sends it. Fails with
    /// `invalidArgument` and the usage.
    package init(_ command: String, text: String) throws(GatehouseError) {
        guard text.utf8.count <= Self.textBytesMax else {
            throw GatehouseError(.tooLarge, "The text of a command has at most \(Self.textBytesMax) bytes.")
        }
        var rest = Substring(SlackText.unescaped(text))
        switch command {
        case "/approve-model":
            let usage = "/approve-model NAME VERSION TOKEN"
            let (model, version) = try Self.subject(&rest, usage)
            let token = rest.trimmed
            self = .approve(model: model, version: version, token: token.isEmpty ? nil : token)
        case "/reject-model":
            let usage = "/reject-model NAME VERSION REASON"
            let (model, version) = try Self.subject(&rest, usage)
            guard !rest.trimmed.isEmpty else { throw Self.misused("A rejection needs a reason.", usage) }
            self = .reject(model: model, version: version, reason: rest.trimmed)
        case "/link-gatehouse":
            guard !rest.trimmed.isEmpty else {
                throw Self.misused(
                    "The code is missing: 'gatehouse user link-slack' shows one.", "/link-gatehouse CODE")
            }
            self = .link(code: rest.trimmed)
        default:
            throw GatehouseError(
                .invalidArgument, "Gatehouse knows no command '\(command.prefix(40))'.",
                hint: "It knows /approve-model, /reject-model and /link-gatehouse.")
        }
    }

    private static func subject(_ rest: inout Substring, _ usage: String) throws(GatehouseError) -> (String, String) {
        guard let model = word(&rest), let version = word(&rest) else {
            throw misused("The name of the model or its version is missing.", usage)
        }
        return (model, version.hasPrefix("v") ? String(version.dropFirst()) : version)
    }

    private static func misused(_ message: String, _ usage: String) -> GatehouseError {
        GatehouseError(.invalidArgument, message, hint: "Type: \(usage)")
    }

    /// The next word; one in quotes may hold spaces. Phones make quotes curly on their own.
    private static func word(_ rest: inout Substring) -> String? {
        rest = rest.drop(while: \.isWhitespace)
        guard let first = rest.first else { return nil }
        if let closing = quotes[first] {
            let inner = rest.dropFirst()
            if let end = inner.firstIndex(where: { $0 == closing || $0 == first }) {
                defer { rest = inner[inner.index(after: end)...] }
                return String(inner[..<end])
            }
        }
        let word = rest.prefix { !$0.isWhitespace }
        rest = rest.dropFirst(word.count)
        return String(word)
    }

    private static let quotes: [Character: Character] = ["\"": "\"", "'": "'", "“": "”", "‘": "’", "„": "“"]

    /// As it has to be typed: in the first pair of quotes that the name itself does not hold.
    static func quoted(_ name: String) -> String {
        guard name.contains(where: \.isWhitespace) || name.first.map({ quotes[$0] != nil }) == true else { return name }
        let pairs: [(Character, Character)] = [("\"", "\""), ("'", "'"), ("“", "”"), ("‘", "’")]
        let (open, close) = pairs.first { !name.contains($0.0) && !name.contains($0.1) } ?? ("\"", "\"")
        return "\(open)\(name)\(close)"
    }
}

extension Substring {
    fileprivate var trimmed: String {
        var inner = drop(while: \.isWhitespace)
        while inner.last?.isWhitespace == true { inner.removeLast() }
        return String(inner)
    }
}

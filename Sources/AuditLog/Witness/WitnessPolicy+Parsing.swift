package import GatehouseCore

extension WitnessPolicy {
    /// Reads a policy. Fails with `invalidArgument`; `details` holds every line that is wrong.
    package init(parsing text: String) throws(GatehouseError) {
        guard text.utf8.count <= Self.bytesMax else {
            throw GatehouseError(.tooLarge, "A witness policy has at most \(Self.bytesMax) bytes.")
        }
        var reader = WitnessPolicyReader()
        let lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (number, line) in lines.prefix(Self.linesMax).enumerated() { reader.read(Array(line), number: number + 1) }
        var problems = reader.problems
        if lines.count > Self.linesMax {
            problems.append("line \(Self.linesMax + 1): a policy has at most \(Self.linesMax) lines")
        }
        if !reader.hasQuorum { problems.append("there is no line 'quorum NAME', or 'quorum none'") }
        guard problems.isEmpty else {
            throw GatehouseError(
                .invalidArgument, "The witness policy has \(problems.count) mistake\(problems.count == 1 ? "" : "s").",
                hint: "The format is C2SP's tlog-policy: log, witness, group and quorum lines.", details: problems)
        }
        self = reader.policy
    }
}

/// Reads a witness policy line by line and collects what is wrong.
private struct WitnessPolicyReader {
    var policy = WitnessPolicy()
    var problems: [String] = []
    var hasQuorum = false
    private var keys: Set<[UInt8]> = []
    private var names: Set<String> = ["none"]
    /// Each counts for one group only, so that a witness counts once.
    private var members: Set<String> = []

    mutating func read(_ line: [UInt8], number: Int) {
        do { try take(line) } catch { problems.append("line \(number): \(error.message)") }
    }

    private mutating func take(_ line: [UInt8]) throws(GatehouseError) {
        guard line.allSatisfy({ $0 == 9 || ($0 >= 0x20 && $0 != 0x7F) }), let text = String(validating: line, as: UTF8.self)
        else {
            throw Self.mistake("it has a control character, or is not UTF-8")
        }
        let words = text.split { $0 == " " || $0 == "\t" }.map(String.init)
        guard let kind = words.first, !kind.hasPrefix("#") else { return }
        switch (kind, words.count) {
        case ("log", 2...3): try addLog(words)
        case ("witness", 3...4): try addWitness(words)
        case ("group", 4...): try addGroup(words)
        case ("quorum", 2):
            guard !hasQuorum else { throw Self.mistake("there is a second quorum") }
            guard names.contains(words[1]) else { throw Self.mistake("'\(words[1])' is not defined above") }
            hasQuorum = true
            policy.quorum = words[1] == "none" ? nil : words[1]
        case ("log", _), ("witness", _), ("group", _), ("quorum", _):
            throw Self.mistake("a '\(kind)' line has more parts, or fewer")
        default: throw Self.mistake("'\(kind)' is none of log, witness, group and quorum")
        }
    }

    private mutating func addLog(_ words: [String]) throws(GatehouseError) {
        let verifier = try key(words[1], for: .ed25519, of: "log")
        policy.logs.append(.init(verifier: verifier, url: try words.count > 2 ? Self.url(words[2]) : nil))
    }

    private mutating func addWitness(_ words: [String]) throws(GatehouseError) {
        let verifier = try key(words[2], for: .cosignature, of: "witness")
        let url = try words.count > 3 ? Self.url(words[3]) : nil
        try define(words[1])
        policy.witnesses.append(.init(name: words[1], verifier: verifier, url: url))
    }

    private mutating func addGroup(_ words: [String]) throws(GatehouseError) {
        let list = Array(words[3...])
        let needed: Int
        switch words[2] {
        case "all": needed = list.count
        case "any": needed = 1
        default:
            guard let count = Int(words[2]), words[2] == "\(count)", (1...list.count).contains(count) else {
                throw Self.mistake("'\(words[2])' is not all, any or a number from 1 to \(list.count)")
            }
            needed = count
        }
        for member in list {
            guard member != "none", names.contains(member) else { throw Self.mistake("'\(member)' is not defined above") }
            guard members.insert(member).inserted else { throw Self.mistake("'\(member)' is a member already") }
        }
        try define(words[1])
        policy.groups[words[1]] = .init(needed: needed, members: list)
    }

    private mutating func define(_ name: String) throws(GatehouseError) {
        guard names.insert(name).inserted else { throw Self.mistake("the name '\(name)' is taken") }
    }

    private mutating func key(
        _ vkey: String, for algorithm: NoteAlgorithm, of what: String
    ) throws(GatehouseError) -> NoteVerifier {
        let verifier = try NoteVerifier(parsing: vkey)
        guard verifier.algorithm == algorithm else { throw Self.mistake("the key is not one of a \(what)") }
        // Names may differ: it is the key that must not count twice.
        guard keys.insert([algorithm.rawValue] + verifier.publicKey).inserted else {
            throw Self.mistake("this \(what)'s key stands above already")
        }
        return verifier
    }

    private static func url(_ text: String) throws(GatehouseError) -> String {
        guard text.hasPrefix("https://") || text.hasPrefix("http://"), text.utf8.count <= 2048,
            text.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { throw mistake("'\(text.prefix(80))' is not an http or https URL") }
        return text.hasSuffix("/") ? String(text.dropLast()) : text
    }

    private static func mistake(_ what: String) -> GatehouseError { GatehouseError(.invalidArgument, what) }
}

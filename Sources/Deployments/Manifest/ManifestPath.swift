package import GatehouseCore

/// Where a value stands in a manifest: `spec.template.spec.containers[name=scorer].image`.
///
/// Keys are joined by dots; one with other characters than letters, digits, `_`, `-` and `/` is quoted in brackets:
/// `metadata.annotations["gatehouse.example.com/version"]`. `[2]` is an element of a list by its place from 0, `[name=scorer]` the
/// one whose member has that value. `Deployment/scorer:` in front picks one of several objects in a file.
package struct ManifestPath: Sendable, Hashable, CustomStringConvertible {
    package static let bytesMax = 1_000

    package enum Step: Sendable, Hashable {
        case key(String)
        case index(Int)
        case element(member: String, value: String)
    }

    /// Which object of the file; nil: the only one that has the path.
    package let object: ObjectName?
    package let steps: [Step]

    package struct ObjectName: Sendable, Hashable, CustomStringConvertible {
        package let kind: String
        package let name: String

        package init(kind: String, name: String) {
            self.kind = kind
            self.name = name
        }

        package var description: String { "\(kind)/\(name)" }
    }

    package init(object: ObjectName? = nil, _ steps: [Step]) {
        self.object = object
        self.steps = steps
    }

    /// Fails with `invalidArgument` saying what is wrong.
    package init(parsing text: String) throws(GatehouseError) {
        guard text.utf8.count <= Self.bytesMax else { throw Self.failure(text, "it has more than \(Self.bytesMax) bytes") }
        var rest = text[...]
        object = try Self.object(&rest)
        var steps: [Step] = []
        while !rest.isEmpty {
            if rest.first == "[" {
                steps.append(try Self.bracketed(&rest, text))
            } else {
                if !steps.isEmpty {
                    guard rest.first == "." else { throw Self.failure(text, "a '.' is missing before '\(rest.prefix(20))'") }
                    rest.removeFirst()
                }
                let key = rest.prefix(while: Self.isPlain)
                guard !key.isEmpty else { throw Self.failure(text, "a key is missing before '\(rest.prefix(20))'") }
                steps.append(.key(String(key)))
                rest = rest[key.endIndex...]
            }
        }
        guard !steps.isEmpty else { throw Self.failure(text, "it names no key") }
        self.steps = steps
    }

    package var description: String {
        var text = object.map { "\($0):" } ?? ""
        for (index, step) in steps.enumerated() {
            switch step {
            case .key(let key) where key.allSatisfy(Self.isPlain) && !key.isEmpty: text += (index > 0 ? "." : "") + key
            case .key(let key): text += "[\"\(key)\"]"
            case .index(let place): text += "[\(place)]"
            case .element(let member, let value): text += "[\(member)=\(value)]"
            }
        }
        return text
    }

    private static func isPlain(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || "_-/".contains(character))
    }

    /// `Kind/name:`; what comes before a colon that stands before any bracket.
    private static func object(_ rest: inout Substring) throws(GatehouseError) -> ObjectName? {
        guard let colon = rest.firstIndex(where: { $0 == ":" || $0 == "[" }), rest[colon] == ":" else { return nil }
        let parts = rest[..<colon].split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }) else {
            throw failure(String(rest), "before ':' stands KIND/NAME of an object")
        }
        rest = rest[rest.index(after: colon)...]
        return ObjectName(kind: String(parts[0]), name: String(parts[1]))
    }

    private static func bracketed(_ rest: inout Substring, _ whole: String) throws(GatehouseError) -> Step {
        rest.removeFirst()
        if rest.first == "\"" {
            rest.removeFirst()
            guard let end = rest.firstIndex(of: "\""), rest[rest.index(after: end)...].first == "]", end > rest.startIndex else {
                throw failure(whole, "a key in brackets is written [\"KEY\"]")
            }
            defer { rest = rest[rest.index(end, offsetBy: 2)...] }
            return .key(String(rest[..<end]))
        }
        guard let end = rest.firstIndex(of: "]") else { throw failure(whole, "a ']' is missing") }
        let inner = rest[..<end]
        rest = rest[rest.index(after: end)...]
        if let equals = inner.firstIndex(of: "=") {
            let (member, value) = (inner[..<equals], inner[inner.index(after: equals)...])
            guard !member.isEmpty, !value.isEmpty else { throw failure(whole, "an element is written [name=VALUE]") }
            return .element(member: String(member), value: String(value))
        }
        guard inner.utf8.count <= 6, inner.utf8.allSatisfy({ (48...57).contains($0) }), let place = Int(inner) else {
            throw failure(whole, "in brackets stands a number, [name=VALUE] or [\"KEY\"]")
        }
        return .index(place)
    }

    private static func failure(_ text: String, _ why: String) -> GatehouseError {
        GatehouseError(
            .invalidArgument, "'\(text.prefix(200))' is not a path into a manifest: \(why).",
            hint: "Write it as spec.template.spec.containers[name=scorer].image.")
    }
}

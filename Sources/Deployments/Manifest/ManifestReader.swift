import GatehouseCore
import Yams

/// Turns YAML text into values, and notes where scalars stand. The only place here that knows the YAML library.
struct ManifestReader {
    let file: String
    private(set) var objects: [JSONValue] = []
    private(set) var marks: [(object: Int, pointer: [ManifestObject.PointerStep], mark: ScalarMark)] = []

    init(file: String) { self.file = file }

    mutating func read(_ text: String) throws(GatehouseError) {
        do {
            // The basic resolver leaves every scalar a text: nothing here asks whether it is a number.
            let parser = try Yams.Parser(yaml: text, resolver: .basic, constructor: .default, encoding: .utf8)
            while let root = try parser.nextRoot() {
                guard objects.count < Manifest.objectsMax else {
                    throw GatehouseError(.tooLarge, "\(file) holds more than \(Manifest.objectsMax) objects.")
                }
                let value = try value(of: root, at: [])
                // Between two `---` there may be nothing.
                objects.append(value)
            }
        } catch let error as GatehouseError {
            throw error
        } catch {
            throw failure(error)
        }
    }

    private mutating func value(
        of node: Node, at pointer: [ManifestObject.PointerStep]
    ) throws(GatehouseError) -> JSONValue {
        guard pointer.count <= Manifest.depthMax, marks.count <= Manifest.valuesMax else {
            throw GatehouseError(
                .tooLarge,
                "\(file) is nested more than \(Manifest.depthMax) deep or holds more than \(Manifest.valuesMax) values.")
        }
        switch node {
        case .scalar(let scalar):
            if let mark = ScalarMark(scalar) { marks.append((objects.count, pointer, mark)) }
            return .string(scalar.string)
        case .sequence(let sequence):
            var elements: [JSONValue] = []
            for (place, element) in sequence.enumerated() {
                elements.append(try value(of: element, at: pointer + [.index(place)]))
            }
            return .array(elements)
        case .mapping(let mapping):
            var members: [String: JSONValue] = [:]
            for (key, inner) in mapping {
                guard case .scalar(let name) = key else {
                    throw GatehouseError(.invalidArgument, "\(file):\(key.mark?.line ?? 1): a key of a manifest is text.")
                }
                members[name.string] = try value(of: inner, at: pointer + [.key(name.string)])
            }
            return .object(members)
        case .alias:
            throw GatehouseError(.invalidArgument, "\(file) uses an alias that stands for nothing.")
        }
    }

    private func failure(_ error: any Error) -> GatehouseError {
        let hint = "A template, such as Helm's, is no manifest: pin a value in its values file."
        switch error as? YamlError {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _), .composer(_, let problem, let mark, _):
            return GatehouseError(.invalidArgument, "\(file):\(mark.line):\(mark.column): not YAML: \(problem).", hint: hint)
        case .duplicatedKeysInMapping(let names, let context):
            return GatehouseError(
                .invalidArgument, "\(file):\(context.mark.line): the key '\(names.first ?? "")' stands twice in one map.",
                hint: "Keep one of them.")
        case .some(let other):
            return GatehouseError(.invalidArgument, "\(file) is not YAML: \(other)".prefixed(500), hint: hint, cause: other)
        case nil:
            return GatehouseError(.invalidArgument, "\(file) cannot be read as YAML.", hint: hint, cause: error)
        }
    }
}

extension ScalarMark {
    fileprivate init?(_ scalar: Node.Scalar) {
        guard let mark = scalar.mark else { return nil }
        let style: Style =
            switch scalar.style {
            case .plain, .any: .plain
            case .singleQuoted: .singleQuoted
            case .doubleQuoted: .doubleQuoted
            case .literal, .folded: .block
            }
        self.init(line: mark.line, column: mark.column, style: style, value: scalar.string)
    }
}

extension String {
    fileprivate func prefixed(_ count: Int) -> String { String(prefix(count)) }
}

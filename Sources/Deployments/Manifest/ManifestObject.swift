package import GatehouseCore

/// One object of a manifest, or of a cluster, as a value: what paths are followed in.
package struct ManifestObject: Sendable, Equatable {
    package let value: JSONValue

    package init(_ value: JSONValue) { self.value = value }

    package var kind: String { value["kind"]?.stringValue ?? "" }
    package var name: String { value["metadata"]?["name"]?.stringValue ?? "" }

    /// A place that exists, or whose parent does.
    package struct Place: Sendable, Equatable {
        /// Keys and places in lists from the root.
        package let pointer: [PointerStep]
        /// The scalar that stands there as text; nil: nothing does.
        package let scalar: String?
    }

    package enum PointerStep: Sendable, Hashable {
        case key(String)
        case index(Int)

        /// RFC 6901.
        package var escaped: String {
            switch self {
            case .key(let key): key.replacing("~", with: "~0").replacing("/", with: "~1")
            case .index(let place): String(place)
            }
        }
    }

    /// Why a path leads nowhere: how far it went, and what is there.
    package struct DeadEnd: Error, Sendable, Equatable {
        package let reached: [PointerStep]
        /// `has the keys a, b and c`
        package let finding: String
        package let hint: String?
    }

    /// Fails with `DeadEnd` where a step leads nowhere, or to something that is no scalar. A last key that is absent is a place
    /// without a scalar.
    package func place(at path: ManifestPath) throws(DeadEnd) -> Place {
        var here = value
        var pointer: [PointerStep] = []
        for (number, step) in path.steps.enumerated() {
            let isLast = number == path.steps.count - 1
            switch step {
            case .key(let key):
                guard let members = here.objectValue else {
                    throw DeadEnd(reached: pointer, finding: "is \(here.kindInWords), which has no key '\(key)'", hint: nil)
                }
                guard let next = members[key] else {
                    if isLast { return Place(pointer: pointer + [.key(key)], scalar: nil) }
                    throw DeadEnd(
                        reached: pointer, finding: Self.keys(members, without: key),
                        hint: Suggestion.nearest(to: key, in: members.keys.sorted()).map { "Did you mean '\($0)'?" })
                }
                pointer.append(.key(key))
                here = next
            case .index(let place):
                let elements = try Self.list(here, pointer)
                guard place < elements.count else {
                    throw DeadEnd(reached: pointer, finding: "has \(elements.count) elements, counted from 0", hint: nil)
                }
                pointer.append(.index(place))
                here = elements[place]
            case .element(let member, let value):
                let elements = try Self.list(here, pointer)
                let found = elements.indices.filter { elements[$0][member]?.stringValue == value }
                guard found.count == 1 else {
                    let others = elements.compactMap { $0[member]?.stringValue }.sorted().prefix(20).joined(separator: ", ")
                    throw DeadEnd(
                        reached: pointer, finding: "has \(found.count) elements with \(member)=\(value); there are: \(others)",
                        hint: nil)
                }
                pointer.append(.index(found[0]))
                here = elements[found[0]]
            }
        }
        guard let scalar = here.scalarText else {
            throw DeadEnd(reached: pointer, finding: "is \(here.kindInWords), not a single value", hint: nil)
        }
        return Place(pointer: pointer, scalar: scalar)
    }

    private static func list(_ value: JSONValue, _ pointer: [PointerStep]) throws(DeadEnd) -> [JSONValue] {
        guard let elements = value.arrayValue else {
            throw DeadEnd(reached: pointer, finding: "is \(value.kindInWords), not a list", hint: nil)
        }
        return elements
    }

    private static func keys(_ members: [String: JSONValue], without key: String) -> String {
        let known = members.keys.sorted()
        guard !known.isEmpty else { return "has no keys, so no '\(key)'" }
        return "has no '\(key)', but \(known.prefix(20).joined(separator: ", "))\(known.count > 20 ? ", …" : "")"
    }
}

extension [ManifestObject.PointerStep] {
    /// `spec.template.spec.containers[0]`; empty for the root.
    package var words: String {
        ManifestPath(
            map { step in
                switch step {
                case .key(let key): .key(key)
                case .index(let place): .index(place)
                }
            }
        ).description
    }
}

extension JSONValue {
    /// A scalar as it is written; nil for lists and objects. Null is the empty text.
    var scalarText: String? {
        switch self {
        case .string(let text): text
        case .null: ""
        case .bool, .number, .integer: canonicalText
        case .array, .object: nil
        }
    }

    var kindInWords: String {
        switch self {
        case .array: "a list"
        case .object: "a map"
        case .null: "empty"
        case .string, .bool, .number, .integer: "a single value"
        }
    }
}

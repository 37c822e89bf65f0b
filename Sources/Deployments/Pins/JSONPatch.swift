package import GatehouseCore

/// A JSON Patch (RFC 6902) that changes values only where they still are what they were: each change stands behind a `test`.
///
/// It says the same to built-in kinds and to custom ones, which know no strategic merge; a list is not replaced as a whole.
package struct JSONPatch: Sendable, Equatable {
    package struct Change: Sendable, Equatable {
        package let pointer: [ManifestObject.PointerStep]
        /// Nil: nothing stands there.
        package let before: String?
        package let after: String?

        package init(pointer: [ManifestObject.PointerStep], before: String?, after: String?) {
            self.pointer = pointer
            self.before = before
            self.after = after
        }

        package var reversed: Change { Change(pointer: pointer, before: after, after: before) }
    }

    package let changes: [Change]

    package init(_ changes: [Change]) { self.changes = changes.filter { $0.before != $0.after } }

    package var json: JSONValue {
        .array(
            changes.flatMap { change -> [JSONValue] in
                let path = JSONValue.string(change.pointer.map { "/" + $0.escaped }.joined())
                let test = change.before.map { JSONValue.object(["op": "test", "path": path, "value": .string($0)]) }
                let act: JSONValue =
                    switch (change.before, change.after) {
                    case (_, nil): .object(["op": "remove", "path": path])
                    case (nil, .some(let after)): .object(["op": "add", "path": path, "value": .string(after)])
                    case (.some, .some(let after)): .object(["op": "replace", "path": path, "value": .string(after)])
                    }
                return (test.map { [$0] } ?? []) + [act]
            })
    }
}

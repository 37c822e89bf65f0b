package import GatehouseCore
package import WireAPI

/// A value that a deployment changes.
package struct PinChange: Sendable, Equatable {
    package let path: ManifestPath
    /// Nil: nothing stands there.
    package let before: String?
    package let after: String?

    package init(path: ManifestPath, before: String?, after: String?) {
        self.path = path
        self.before = before
        self.after = after
    }

    package var reversed: PinChange { PinChange(path: path, before: after, after: before) }

    /// Whether it has to be made where `current` stands. Fails with `conflict` where somebody else changed it meanwhile: their
    /// change is not ours to overwrite.
    package func isNeeded(where current: String?, in place: String) throws(GatehouseError) -> Bool {
        if current == after { return false }
        guard current == before else {
            func shown(_ text: String?) -> String { text.map { "'\($0.prefix(200))'" } ?? "absent" }
            throw GatehouseError(
                .conflict, "\(place): '\(path)' was \(shown(before)) and is now \(shown(current)): somebody else changed it.",
                hint: "Look who did, then deploy again.")
        }
        return true
    }
}

/// What a change says of itself, where the target keeps such words.
package struct ChangeNote: Sendable, Equatable {
    package let title: String
    package let lines: [String]

    package init(title: String, lines: [String]) {
        self.title = title
        self.lines = lines
    }

    package var text: String { ([title, ""] + lines).joined(separator: "\n") + "\n" }
}

/// Where a version is pinned.
package protocol DeploymentTarget: Sendable {
    /// For the record: the same for every job that deploys there, and without secrets.
    var name: String { get }
    /// What stands there now, and what is to stand there; and whether the version is there already.
    func read() async throws -> (changes: [PinChange], isThere: Bool)
    /// Makes the changes that are still to be made. Fails with `conflict` where something else stands.
    func write(_ changes: [PinChange], _ note: ChangeNote) async throws -> Written
    /// Waits until what was pinned runs; nil: this target cannot tell.
    func health(within limit: Duration) async throws -> DeploymentHealth?
}

package struct Written: Sendable, Equatable {
    /// Whether anything was left to change.
    package let hasChanged: Bool
    /// What the target is at then: a commit, a generation.
    package let revision: String?

    package init(hasChanged: Bool, revision: String?) {
        self.hasChanged = hasChanged
        self.revision = revision
    }
}

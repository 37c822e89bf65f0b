import Deployments
import GatehouseCore

/// A manifest as it would be, without a server, a cluster or a written file.
struct DeployRendering {
    let command: DeployRunCommand

    func show() async throws {
        guard let file = command.target.manifest, let number = command.version else { return }
        let artifact = try command.digest.map { (text) throws(GatehouseError) in try Digest(parsing: text) }
        let version = PinnedVersion(
            model: try ModelName(command.name), version: try VersionNumber(number), artifact: artifact)
        let manifest = try Manifest(FileTarget.text(of: file), file: file)
        let changes = try FileTarget.changes(in: manifest, command.target.rules(), version, command.target.object)
        let changed = try manifest.setting(changes.map { ($0.path, $0.after ?? "") })
        let terminal = Terminal.process()
        guard command.client.json else { return terminal.out(bytes: Array(changed.text.utf8)) }
        terminal.out(verbatim: try json(manifest, changed, changes).canonicalText)
    }

    private func json(_ manifest: Manifest, _ changed: Manifest, _ changes: [PinChange]) throws -> JSONValue {
        .object([
            "manifest": .string(changed.text),
            "pins": .array(
                changes.map { change in
                    .object([
                        "path": .string(change.path.description), "before": .string(change.before ?? ""),
                        "after": .string(change.after ?? ""),
                    ])
                }),
            "patches": .array(try patches(manifest, changes)),
        ])
    }

    /// As `kubectl patch --type json` takes them, for each object with changes.
    private func patches(_ manifest: Manifest, _ changes: [PinChange]) throws -> [JSONValue] {
        try manifest.objects.compactMap { object in
            let own = changes.filter { change in
                change.path.object.map { $0 == object.objectName } ?? manifest.holds(change.path, object)
            }
            let patch = try KubectlTarget.patch(own, object, in: manifest.file)
            guard !patch.changes.isEmpty else { return nil }
            return ["object": .string(object.objectName.description), "patch": patch.json]
        }
    }
}

extension Manifest {
    /// Whether a path without an object's name is meant to be in this one: it is in no other.
    fileprivate func holds(_ path: ManifestPath, _ object: ManifestObject) -> Bool {
        (try? object.place(at: path))?.scalar != nil
    }
}

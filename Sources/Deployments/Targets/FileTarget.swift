import Foundation
package import GatehouseCore
import Glibc
package import WireAPI

/// A manifest in a file of this machine.
package struct FileTarget: DeploymentTarget {
    private let path: String
    private let rules: [PinRule]
    private let version: PinnedVersion
    private let object: String?

    package init(_ path: String, rules: [PinRule], version: PinnedVersion, object: String?) {
        self.path = path
        self.rules = rules
        self.version = version
        self.object = object
    }

    package var name: String { "manifest \(path)" }

    package func read() async throws -> (changes: [PinChange], isThere: Bool) {
        let changes = try Self.changes(in: manifest(), rules, version, object)
        return (changes, changes.allSatisfy { $0.before == $0.after })
    }

    package func write(_ changes: [PinChange], _ note: ChangeNote) async throws -> Written {
        let manifest = try manifest()
        guard let changed = try Self.changed(manifest, changes) else { return Written(hasChanged: false, revision: nil) }
        try Self.write(changed.text, to: path)
        return Written(hasChanged: true, revision: nil)
    }

    package func health(within limit: Duration) async throws -> DeploymentHealth? { nil }

    private func manifest() throws -> Manifest { try Manifest(Self.text(of: path), file: path) }
}

extension FileTarget {
    package static func changes(
        in manifest: Manifest, _ rules: [PinRule], _ version: PinnedVersion, _ object: String?
    ) throws(GatehouseError) -> [PinChange] {
        let plan = try PinPlan(rules, of: version, in: manifest.objects, named: object, source: manifest.file)
        let values = try manifest.values(at: plan.pins.map(\.path))
        return zip(plan.pins, values).map { PinChange(path: $0.path, before: $1, after: $0.value) }
    }

    /// Nil: nothing is left to change.
    static func changed(_ manifest: Manifest, _ changes: [PinChange]) throws(GatehouseError) -> Manifest? {
        let current = try manifest.values(at: changes.map(\.path))
        var needed: [(path: ManifestPath, value: String)] = []
        for (change, value) in zip(changes, current) where try change.isNeeded(where: value, in: manifest.file) {
            needed.append((change.path, change.after ?? ""))
        }
        return needed.isEmpty ? nil : try manifest.setting(needed)
    }

    /// Fails with `notFound`, `tooLarge`, or `invalidArgument` for what is no text.
    package static func text(of path: String, bytesMax: Int = Manifest.bytesMax) throws(GatehouseError) -> String {
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw GatehouseError(.notFound, "There is no readable file '\(path)'.")
        }
        defer { try? handle.close() }
        let bytes: Data
        do { bytes = try handle.read(upToCount: bytesMax + 1) ?? Data() } catch {
            throw GatehouseError(.unavailable, "'\(path)' cannot be read.", cause: error)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw GatehouseError(.invalidArgument, "'\(path)' is no UTF-8 text.")
        }
        return text
    }

    /// All of it or nothing, with the permissions that the file has. Fails with `unavailable`.
    static func write(_ text: String, to path: String) throws(GatehouseError) {
        let files = FileManager.default
        // A link stays one: what it names is replaced.
        let url = URL(fileURLWithPath: path).resolvingSymlinksInPath()
        let scratch = url.deletingLastPathComponent().appendingPathComponent(".\(url.lastPathComponent).gatehouse")
        do {
            let mode = try files.attributesOfItem(atPath: url.path)[.posixPermissions]
            // A repository may hold a link of that name, which would lead anywhere.
            try? files.removeItem(at: scratch)
            try Data(text.utf8).write(to: scratch, options: .withoutOverwriting)
            if let mode { try files.setAttributes([.posixPermissions: mode], ofItemAtPath: scratch.path) }
            guard rename(scratch.path, url.path) == 0 else {
                throw GatehouseError(.unavailable, "'\(path)' cannot be replaced: \(String(cString: strerror(errno))).")
            }
        } catch {
            try? files.removeItem(at: scratch)
            throw error as? GatehouseError
                ?? GatehouseError(.unavailable, "'\(path)' cannot be written: \(error.localizedDescription)", cause: error)
        }
    }
}
